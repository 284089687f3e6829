"""Packs and what actions cost, in the back office; their rules are in `tokens.models.catalog`."""

from typing import Any

from django.contrib import admin

from tokens.catalog import get_catalog
from tokens.models import ActionCost, TokenPackage
from tokens.money import format_unit_price
from tokens.pages.home import offer
from tokens.web.admin.columns import money
from tokens.web.admin.history import SettingAdmin
from tokens.web.admin.preview import PreviewMixin


class PackPreview(PreviewMixin):
    preview_of = "the packs"
    preview_template = "admin/tokens/preview.html"

    def public_page(self) -> dict[str, Any]:
        return offer(get_catalog())


@admin.register(TokenPackage)
class TokenPackageAdmin(PackPreview, SettingAdmin):
    list_display = ["name", "key", "tokens", "price", "per_token", "is_popular", "is_active", "position"]
    list_filter = ["is_active"]
    prepopulated_fields = {"key": ["name"]}
    price = money("price_cents", name="Price")

    @admin.display
    def per_token(self, package: TokenPackage) -> str:
        return format_unit_price(package.price_cents, package.tokens, package.currency)


@admin.register(ActionCost)
class ActionCostAdmin(PackPreview, SettingAdmin):
    list_display = ["label", "key", "tokens", "description", "position"]
