from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from brands.models import Category
from tokens.web.admin.history import SettingAdmin


@admin.register(Category)
class CategoryAdmin(SettingAdmin):
    """Staff may add, rename and reorder; one that brands have cannot be deleted."""

    list_display = ["name", "key", "position"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["key"] if obj else []  # clients and CSV files say it

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)
