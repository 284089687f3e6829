from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from brands import marking
from brands.admin.searching import DomainSearch
from brands.models import Brand
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.paging import LongListAdmin
from tokens.web.admin.selected import ask_about_selected
from tokens.wording import counted


@admin.register(Brand)
class BrandAdmin(DomainSearch, LongListAdmin):
    """Customers' brands: staff may look, and mark test domains. Those of an import under way are not there yet."""

    list_display = [
        "domain_shown",
        "name",
        "owned_by",
        "category",
        "tier",
        "brand_type",
        "is_test",
        "paid_by",
        "created_at",
    ]
    list_filter = ["tier", "category", "brand_type", "is_test", "is_lookalike", "paid_by", "created_at"]
    list_select_related = ["owner", "category"]
    search_fields = ["domain", "owner", "id"]
    exclude = ["is_staged"]
    actions = ["mark_as_test", "mark_as_no_test"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Brand]:
        return super().get_queryset(request).filter(is_staged=False)

    @admin.display(description="Domain")
    def domain_shown(self, brand: Brand) -> str:
        return brand.domain_shown

    @admin.display(description="Owner", ordering="owner__username")
    def owned_by(self, brand: Brand) -> str:
        """A link to all of the owner's brands."""
        return format_html('<a href="?owner__id__exact={}">{}</a>', brand.owner_id, brand.owner)

    @admin.action(description="Mark as test domains", permissions=["mark"])
    def mark_as_test(self, request: HttpRequest, brands: QuerySet[Brand]) -> HttpResponse:
        return self._mark(request, brands, is_test=True)

    @admin.action(description="Unmark as test domains", permissions=["mark"])
    def mark_as_no_test(self, request: HttpRequest, brands: QuerySet[Brand]) -> HttpResponse:
        return self._mark(request, brands, is_test=False)

    def has_mark_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(marking.MARK)

    def _mark(self, request: HttpRequest, brands: QuerySet[Brand], *, is_test: bool) -> HttpResponse:
        verb, done = ("Mark", "Marked") if is_test else ("Unmark", "Unmarked")

        def work(form: ActionForm) -> tuple[list[Brand], str]:
            marked = marking.mark(brands, is_test=is_test, why=form.why(request))
            return marked, f"{done} {counted(len(marked), 'domain')} as test."

        return ask_about_selected(self, request, brands, title=f"{verb} these as test domains?", submit=verb, work=work)
