from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from brands.api.uploads import SEND_FILE, CsvParser, upload_of
from brands.bulk_import.quote import Quote, quote_csv
from brands.bulk_import.rows import Verdict, sha256_of
from brands.bulk_import.skipped import PAGE
from brands.bulk_import.start import find, start_file
from brands.models import CsvImport, SkippedRow
from memberships.payer import Payer
from tokens.catalog import get_catalog
from tokens.ledger.wallet import get_token_balance
from tokens.transactions import money_transaction
from tokens.web import limits
from tokens.web.api.exact import ExactView, ExactViewSet
from tokens.web.api.fields import ExactSerializer, QueryFlagField, QueryNumberField, QuerySerializer
from tokens.web.api.idempotency import respond_once
from tokens.web.api.pagination import LARGEST_PAGE, NewestFirst, PageSerializer
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes
from tokens.web.caller import api_key_of, user_id_of


class AskedSerializer(QuerySerializer):
    dry_run = QueryFlagField(
        default=False, help_text="“true” previews the import: cost and a verdict for every row. Nothing changes."
    )


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    pass


class FormSerializer(ExactSerializer):
    file = UploadField(
        allow_empty_file=True,
        help_text="CSV in UTF-8: up to 10,000 rows, 100 columns and 5 MB, with a column “domain” or “Domain Name”.",
        error_messages=dict.fromkeys(("required", "invalid", "null"), SEND_FILE),
    )


class StartedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=CsvImport.Status.choices)
    url = serializers.URLField(help_text="Poll this for progress and the result.")


class VerdictSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    given = serializers.CharField()
    domain = serializers.CharField(help_text="The registrable domain; empty if the row has none.")
    verdict = serializers.ChoiceField(choices=[(str(each), str(each)) for each in Verdict])
    why = serializers.CharField(help_text="Why the row is skipped; empty for a new one.")
    notes = serializers.ListField(child=serializers.CharField())


class ImportQuoteSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    rows = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by verdict.")
    notices = serializers.ListField(child=serializers.CharField())
    paid_by = serializers.DictField(child=serializers.IntegerField(), help_text="New rows by payment source.")
    unpaid = serializers.IntegerField(help_text="New rows that no source would pay for.")
    affordable = serializers.BooleanField()
    tokens = serializers.IntegerField(help_text="Tokens the import would spend.")
    required = serializers.IntegerField(help_text="Tokens needed to pay for every new row.")  # type: ignore[assignment]  # a field of the answer, not the flag of a field
    balance = serializers.IntegerField()
    available = serializers.IntegerField()
    shortfall = serializers.IntegerField()
    smallest_package = serializers.CharField(allow_null=True)
    verdicts = VerdictSerializer(many=True)


class ImportErrorSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(allow_null=True, help_text="null if the error concerns the whole file.")
    domain = serializers.CharField()
    error = serializers.CharField()


class ErrorPageSerializer(PageSerializer):
    limit = QueryNumberField(default=PAGE, min_value=1, max_value=LARGEST_PAGE, help_text="Rows per page.")


class ErrorPages(NewestFirst):
    """In the order of the file. Its calls take ErrorPageSerializer."""

    results_key = "errors"
    ordering = "line"
    page_size = PAGE

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        self.of = str(request.parser_context["kwargs"]["pk"])
        return super().paginate_queryset(queryset, request, view)


class ImportSerializer(StartedSerializer):
    rows = serializers.IntegerField()
    wanted = serializers.IntegerField(help_text="Number of new rows.")
    staged = serializers.IntegerField(help_text="New rows processed so far.")
    imported = serializers.IntegerField()
    tokens_spent = serializers.IntegerField()
    paid_by = serializers.DictField(child=serializers.IntegerField())
    balance = serializers.IntegerField()
    notices = serializers.ListField(child=serializers.CharField(), help_text="Notes on how the file was read.")
    errors = ImportErrorSerializer(many=True, help_text="The first errors, once the import has ended.")  # type: ignore[assignment]  # a field of the answer
    errors_count = serializers.IntegerField(help_text="Number of errors.")
    next = serializers.URLField(allow_null=True, help_text="Next page of errors; null if there are no more.")


class ImportViewSet(ExactViewSet):
    """CSV files of domains: all new rows of one are imported, or none, and what cannot be imported is listed."""

    scopes = {"POST": Scope.DOMAINS}
    parser_classes = [CsvParser, MultiPartParser]

    @describes(
        StartedSerializer,
        problems=(402, 409, 422),
        status=202,
        operation="importCsv",
        summary="Import a CSV file",
        description=(
            "Imports all new rows of the file, or none. Returns 202 at once; poll `url` for the "
            "result. With `dry_run=true` it returns a preview and changes nothing."
        ),
        request={"text/csv": OpenApiTypes.BINARY, "multipart/form-data": FormSerializer},
        query=AskedSerializer,
        parameters=[IDEMPOTENCY_KEY],
        also={(200, "application/json"): OpenApiResponse(ImportQuoteSerializer, "Preview; nothing has changed")},
    )
    def create(self, request: Request) -> Response:
        limits.count(request, limits.UPLOADS)
        upload, user_id = upload_of(self.body), user_id_of(request)
        if self.query["dry_run"]:
            return Response(_quote(quote_csv(user_id, upload.data, api_key=api_key_of(request))))

        def work() -> dict[str, Any]:
            started = start_file(user_id, upload.data, filename=upload.filename, api_key=api_key_of(request))
            return _started(started, request)

        same = {"sha256": sha256_of(upload.data), "filename": upload.filename}
        return money_transaction(respond_once)(request, work, status=202, asked=same)

    @describes(
        ImportSerializer,
        problems=(404,),
        operation="getImport",
        summary="Get import status",
        description="Progress of an import, and its result once it has ended.",
    )
    def retrieve(self, request: Request, pk: UUID) -> Response:
        csv_import = find(user_id_of(request), pk)
        pages = ErrorPages()
        rows = pages.paginate_queryset(csv_import.skipped_rows.all(), request) if csv_import.skipped else []
        pages.base_url = request.build_absolute_uri(reverse("brands_api:import_errors", args=[pk]))
        failure = [{"line": None, "domain": "", "error": csv_import.error}] if csv_import.error else []
        return Response(
            {
                **_started(csv_import, request),
                **{name: getattr(csv_import, name) for name in ("rows", "wanted", "staged", "imported")},
                "tokens_spent": csv_import.tokens_spent,
                "paid_by": csv_import.paid_by,
                "balance": get_token_balance(csv_import.user_id),
                "notices": csv_import.notices,
                "errors": [*failure, *ImportErrorSerializer(rows, many=True).data],
                "errors_count": len(failure) + (csv_import.skipped or 0),
                "next": pages.get_next_link() if csv_import.skipped else None,
            }
        )


class ImportErrorViewSet(ExactView, mixins.ListModelMixin, viewsets.GenericViewSet[SkippedRow]):
    serializer_class = ImportErrorSerializer
    queryset = SkippedRow.objects.none()
    pagination_class = ErrorPages

    def get_queryset(self) -> QuerySet[SkippedRow]:
        return find(user_id_of(self.request), self.kwargs["pk"]).skipped_rows.all()

    @describes(
        ImportErrorSerializer(many=True),
        problems=(404,),
        query=ErrorPageSerializer,
        operation="listImportErrors",
        summary="List skipped rows",
        description="Rows that an import skipped, in the order of the file. Follow `next` for more.",
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


def _started(csv_import: CsvImport, request: Request) -> dict[str, Any]:
    url = request.build_absolute_uri(reverse("brands_api:import", args=[csv_import.pk]))
    return {"id": str(csv_import.pk), "status": str(csv_import.status), "url": url}


def _quote(quote: Quote) -> dict[str, Any]:
    payment = quote.payment
    is_short = payment.unpaid and not payment.limit  # which no pack would change
    package = get_catalog().smallest_package_for(payment.shortfall) if is_short else None
    said = ("line", "given", "domain", "verdict", "why", "notes")
    return {
        "sha256": quote.sha256,
        "rows": len(quote.rows),
        "counts": quote.counts,
        "notices": quote.notices,
        "paid_by": {payer: payment.counts[payer] for payer in Payer if payer in payment.counts},
        "unpaid": payment.unpaid,
        "affordable": quote.is_payable,
        "tokens": payment.tokens,
        "required": payment.required,
        "balance": payment.balance,
        "available": payment.available,
        "shortfall": payment.shortfall if payment.unpaid else 0,
        "smallest_package": package.key if package else None,
        "verdicts": [{name: getattr(row, name) for name in said} for row in quote.rows],
    }
