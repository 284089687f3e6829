from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import renderers
from rest_framework.request import Request

from accounts.scopes import Scope
from brands.api.fields import ExportedBrandSerializer, ExportRequestSerializer
from brands.choosing import choose
from brands.exports import export
from brands.exports.answer import answer_with
from tokens.transactions import money_transaction
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.idempotency import respond_once
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, sends
from tokens.web.caller import api_key_of, user_id_of
from tokens.wording import counted

KEPT = counted(settings.EXPORT_HOURS, "hour")
SPENT = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, response=[200], description=text)
    for name, text in (
        ("X-Tokens-Spent", "Tokens spent on the export."),
        ("X-Token-Balance", "Your balance right after the export."),
        ("Content-Location", f"Where to download the same file again, free, for {KEPT}."),
    )
]
AS_CSV = {(200, "text/csv"): OpenApiTypes.STR}


class ExportViewSet(ExactViewSet):
    """Files of domains. A file is built whole before it is charged, so a failure costs nothing."""

    scopes = {"POST": Scope.DOMAINS}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """The body of the request says what the file is, so no Accept header is refused; problems are JSON."""
        return renderers.JSONRenderer(), "application/json"

    @describes(
        ExportedBrandSerializer(many=True),
        problems=(402, 404, 409, 410, 422),
        operation="exportDomains",
        summary="Export domains",
        description=(
            "Returns the file as the response body and charges for it once it is built. It "
            f"can be downloaded again, free, for {KEPT}."
        ),
        request=ExportRequestSerializer,
        examples=[sends("One tier as JSON", tier="foundation", format="json"), sends("All as CSV", format="csv")],
        parameters=[IDEMPOTENCY_KEY, *SPENT],
        also=AS_CSV,
    )
    def create(self, request: Request) -> FileResponse:
        filters = dict(self.body)
        format = filters.pop("format")
        user_id, api_key = user_id_of(request), api_key_of(request)

        def work() -> dict[str, Any]:
            return {"id": str(export.begin(user_id, choose(**filters), format, api_key=api_key).pk)}

        named = money_transaction(respond_once)(request, work)
        answer = _with_address(request, export.finish(named.data["id"], api_key=api_key))
        if "Idempotent-Replayed" in named:
            answer["Idempotent-Replayed"] = named["Idempotent-Replayed"]
        return answer

    @describes(
        ExportedBrandSerializer(many=True),
        problems=(404, 410),
        operation="downloadExport",
        summary="Download an export",
        description=f"Returns a file exported in the last {KEPT}. Free of charge.",
        parameters=SPENT,
        also=AS_CSV,
    )
    def retrieve(self, request: Request, pk: UUID) -> FileResponse:
        return _with_address(request, export.find(user_id_of(request), pk))


def _with_address(request: Request, ready: export.Ready) -> FileResponse:
    answer = answer_with(ready)
    address = reverse("brands_api:export", args=[ready.export.pk])
    answer["Content-Location"] = request.build_absolute_uri(address)
    return answer
