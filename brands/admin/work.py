"""What was done with brands: imports, analyses, exports. What the files say is the customers' own."""

from django.contrib import admin

from brands.models import Analysis, CsvImport, Export
from tokens.admin.view_only import ViewOnlyAdmin


@admin.register(CsvImport)
class CsvImportAdmin(ViewOnlyAdmin):
    list_display = ["id", "user", "filename", "status", "rows", "imported", "tokens_spent", "created_at", "finished_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "filename", "=id"]
    exclude = ["content"]

    def get_queryset(self, request):  # type: ignore[no-untyped-def]  # the base class is untyped
        return super().get_queryset(request).defer("content")


@admin.register(Analysis)
class AnalysisAdmin(ViewOnlyAdmin):
    list_display = ["id", "brand", "user", "status", "engine", "model", "duration_ms", "attempts", "created_at"]
    list_filter = ["status", "engine", "created_at"]
    list_select_related = ["brand", "user"]
    search_fields = ["brand__domain", "user__username", "user__email", "=id"]


@admin.register(Export)
class ExportAdmin(ViewOnlyAdmin):
    list_display = ["id", "user", "format", "filters", "brands", "status", "created_at", "expires_at"]
    list_filter = ["status", "format", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "=id"]
    exclude = ["file"]
