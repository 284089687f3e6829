"""What domains cost counts toward the cap of the API key that asked for it, and no other way of asking."""

import pytest
from rest_framework.test import APIClient

from accounts import api_keys
from brands.bulk_import.work import work_one
from brands.kept_work import paid_for_domains
from brands.models import Brand
from brands.testing.csv_files import csv_of
from brands.testing.exported_files import post
from brands.testing.rows import free_ones, make_brand
from tokens.ledger.wallet import caps_of
from tokens.models import TokenUsage
from tokens.testing.ledger_rows import assert_books_are_right, make_lot
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def rich(alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    make_lot(alice, tokens=1000)
    free_ones(alice, 10)
    make_brand(alice, "tasty-thai-food.com")
    return alice


def importing(client):
    return client.post("/api/domains", {"domain": f"d{Brand.objects.count()}.com"}, format="json")


def importing_a_file(client):
    rows = csv_of(f"f{Brand.objects.count()}.com")
    return client.post("/api/domains/import", rows, content_type="text/csv")


def analyzing(client):
    brand = Brand.objects.get(domain="tasty-thai-food.com")
    return client.post(f"/api/domains/{brand.pk}/analyze")


def exporting(client):
    return post(client, {"format": "json"})


@pytest.mark.parametrize(
    ("work", "cost"),
    [(importing, 1), (importing_a_file, 3), (analyzing, 5), (exporting, 10)],
    ids=["a domain", "a file", "an analysis", "an export"],
)
def test_work_counts_toward_the_cap_of_the_key_that_asked(rich, work, cost):
    key, text = api_keys.issue(rich, name="CI", caps=api_keys.Caps(day=2 * cost + cost // 2))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    for _ in range(2):
        assert work(client).status_code in (200, 201, 202)
        work_one()
    answer = work(client)
    assert answer.status_code == 402
    body = answer.json()
    assert body["type"] == problem_type("key-limit-reached")
    assert (body["required"], body["cap"], body["used"]) == (cost, 2 * cost + cost // 2, 2 * cost)
    assert "smallest_package" not in body
    assert {usage.api_key for usage in TokenUsage.objects.exclude(tokens_spent=0)} == {key.pk}
    session = APIClient()
    session.force_login(rich)
    assert work(session).status_code in (200, 201, 202)
    caps = caps_of(key.pk)
    assert caps is not None
    assert (caps.spent_in_day, caps.spent_in_month) == (2 * cost, 2 * cost)
    assert_books_are_right()


def test_the_preview_of_a_file_says_that_the_key_may_not_pay_for_it(rich):
    _, text = api_keys.issue(rich, name="CI", caps=api_keys.Caps(day=2))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    answer = client.post("/api/domains/import?dry_run=true", csv_of("one.com"), content_type="text/csv").json()
    assert (answer["affordable"], answer["smallest_package"], answer["unpaid"]) == (False, None, 1)


@pytest.mark.parametrize("work", [importing, importing_a_file, analyzing, exporting])
def test_who_keeps_the_work_cannot_have_its_tokens_back(rich, work):
    _, text = api_keys.issue(rich, name="CI")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert work(client).status_code in (200, 201, 202)
    work_one()
    assert TokenUsage.objects.exists()
    for usage in TokenUsage.objects.all():
        answer = client.post(f"/api/tokens/usage/{usage.pk}/reverse", {"reason": "changed my mind"}, format="json")
        why = "still on hold" if usage.status == "held" else "work that you keep"
        assert (answer.status_code, why in answer.json()["detail"]) == (409, True)
        assert paid_for_domains(usage)
