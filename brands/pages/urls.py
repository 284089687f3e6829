from django.urls import URLPattern, path

from brands.pages.adding import add
from brands.pages.analysis import analyze_one, analyze_ticked, apply, apply_all
from brands.pages.bulk import delete_many, many
from brands.pages.csv_import import proof, show, start
from brands.pages.csv_upload import upload
from brands.pages.detail import delete, detail
from brands.pages.exports import download, exports
from brands.pages.home import home

app_name = "brands"
urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("add", add, name="add"),
    path("analyze", analyze_ticked, name="analyze_many"),
    path("<int:pk>/analyze", analyze_one, name="analyze"),
    path("<int:pk>/apply", apply, name="apply"),
    path("<int:pk>/apply-all", apply_all, name="apply_all"),
    path("many", many, name="many"),
    path("delete", delete_many, name="delete_many"),
    path("exports", exports, name="exports"),
    path("exports/<uuid:pk>", download, name="export"),
    path("<int:pk>", detail, name="detail"),
    path("<int:pk>/delete", delete, name="delete"),
    path("import", upload, name="csv"),
    path("import/<uuid:pk>", show, name="csv_import"),
    path("import/<uuid:pk>/start", start, name="csv_start"),
    path("import/<uuid:pk>/proof", proof, name="csv_proof"),
]
