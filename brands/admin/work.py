"""What was done with brands: imports, analyses, exports. What the files say is the customers' own."""

from django.contrib import admin

from brands.admin.searching import DomainSearch
from brands.models import Analysis, CsvImport, Export
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin


@admin.register(CsvImport)
class CsvImportAdmin(LongListAdmin):
    list_display = ["id", "user", "filename", "status", "rows", "imported", "tokens_spent", "created_at", "finished_at"]
    list_filter = ["status", "created_at"]
    ordering = ["-created_at"]
    list_select_related = ["user"]
    search_fields = ["user", "id"]
    exclude = ["content"]

    def get_queryset(self, request):  # type: ignore[no-untyped-def]  # the base class is untyped
        return super().get_queryset(request).defer("content")


@admin.register(Analysis)
class AnalysisAdmin(DomainSearch, LongListAdmin):
    list_display = ["id", "brand", "user", "status", "engine", "model", "duration_ms", "attempts", "created_at"]
    list_filter = ["status", ("engine", IndexedValuesFilter), "created_at"]
    list_select_related = ["brand", "user"]
    search_fields = ["brand__domain", "user", "id"]


@admin.register(Export)
class ExportAdmin(LongListAdmin):
    list_display = ["id", "user", "format", "filters", "brands", "status", "created_at", "expires_at"]
    list_filter = ["status", "format", "created_at"]
    ordering = ["-created_at"]
    list_select_related = ["user"]
    search_fields = ["user", "id"]
    exclude = ["file"]
