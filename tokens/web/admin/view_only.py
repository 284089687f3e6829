from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from tokens.web.admin.lookups import ShownLookups


class ViewOnlyAdmin(ShownLookups, ModelAdmin):
    """Rows that only the domain writes: staff may look, nobody may add, change or delete."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
