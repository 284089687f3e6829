"""A deprecated call says since when, until when and what instead, in all of its answers and in the schema."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.response import Response

from soulfra.api import fast_path
from soulfra.testing.api_calls import calls
from tokens.errors import UnknownHold
from tokens.web.api.deprecation import Deprecation, headers_of
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.schema import describes

GOING = Deprecation(date(2026, 12, 1), date(2027, 6, 1), "Call `newThing` instead.")


class OldViewSet(ExactViewSet):
    permission_classes = []

    @describes(serializers.DictField(), operation="oldThing", summary="Old", description="Old.", deprecated=GOING)
    def old(self, request):
        if request.headers.get("X-Fail"):
            raise UnknownHold("No.")
        return Response({})

    @describes(serializers.DictField(), operation="newThing", summary="New", description="New.")
    def new(self, request):
        return Response({})


urlpatterns = [
    path("api/old", OldViewSet.as_view({"get": "old"})),
    path("api/new", OldViewSet.as_view({"get": "new"})),
    path("", include("soulfra.urls")),
]


@pytest.fixture(autouse=True)
def with_the_old_call():
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.parametrize(
    ("sent", "status"), [({}, 200), ({"X-Fail": "1"}, 404), ({"Accept": "text/html"}, 406)], ids=str
)
def test_every_answer_says_so(client, sent, status):
    answer = client.get("/api/old", headers=sent)
    assert answer.status_code == status
    assert answer["Deprecation"] == f"@{datetime(2026, 12, 1, tzinfo=UTC).timestamp():.0f}" == "@1796083200"
    assert answer["Sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
    link, rel = answer["Link"].split("; ")[:2]
    assert rel == 'rel="deprecation"'
    assert client.get(link.strip("<>").removeprefix(settings.SITE_URL)).status_code == 200


def test_others_do_not(client):
    assert "Deprecation" not in client.get("/api/new")


def test_the_schema_says_so_too():
    paths = SchemaGenerator(patterns=urlpatterns[:2]).get_schema(request=None, public=True)["paths"]
    old, new = paths["/api/old"]["get"], paths["/api/new"]["get"]
    assert (old["deprecated"], "deprecated" in new) == (True, False)
    assert "Deprecated since 2026-12-01; gone from 2027-06-01 on. Call `newThing` instead." in old["description"]


def test_the_fast_path_takes_it_from_the_same_place(monkeypatch):
    monkeypatch.setattr(OldViewSet.old, "deprecation", GOING, raising=False)
    assert fast_path._always("GET", OldViewSet.old) == {"Allow": "GET", **GOING.headers()}
    assert fast_path._always("GET", OldViewSet.new) == {"Allow": "GET"}


def test_nothing_goes_before_it_is_deprecated():
    with pytest.raises(ValueError, match="before"):
        Deprecation(date(2027, 6, 1), date(2026, 12, 1), "")


def test_what_is_deprecated_stays_for_half_a_year():
    deprecated = [call for call in (getattr(each.view, "deprecation", None) for each in calls()) if call]
    assert all((each.sunset - each.since).days >= 180 for each in deprecated)
    assert headers_of(OldViewSet.new) == {}
