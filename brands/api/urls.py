from django.urls import URLPattern, path

from brands.api.analyses import AnalysisViewSet
from brands.api.domains import DomainViewSet
from brands.api.exports import ExportViewSet
from brands.api.imports import ImportErrorViewSet, ImportViewSet

app_name = "brands_api"
# Each route begins with “domains”: there is no slash after /api/domains.
urlpatterns: list[URLPattern] = [
    path("domains", DomainViewSet.as_view({"get": "list", "post": "create"}), name="domains"),
    path(
        "domains/<int:pk>",
        DomainViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="domain",
    ),
    path("domains/<int:pk>/analyze", AnalysisViewSet.as_view({"post": "create"}), name="analyze"),
    path("domains/<int:pk>/analyses/<int:analysis_pk>", AnalysisViewSet.as_view({"get": "retrieve"}), name="analysis"),
    path("domains/export", ExportViewSet.as_view({"post": "create"}), name="exports"),
    path("domains/exports/<uuid:pk>", ExportViewSet.as_view({"get": "retrieve"}), name="export"),
    path("domains/import", ImportViewSet.as_view({"post": "create"}), name="imports"),
    path("domains/import/<uuid:pk>", ImportViewSet.as_view({"get": "retrieve"}), name="import"),
    path("domains/import/<uuid:pk>/errors", ImportErrorViewSet.as_view({"get": "list"}), name="import_errors"),
]
