from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from memberships.models import Plan, PlanPrice
from memberships.models.plan import FREE
from memberships.pages.cards import cards_for
from tokens.web.admin.columns import money, stripe_id
from tokens.web.admin.history import SettingAdmin
from tokens.web.admin.preview import PreviewMixin
from tokens.web.admin.view_only import ViewOnlyAdmin

# Stripe takes no less than about half a dollar.
LEAST_CENTS = 50


class PlanForm(forms.ModelForm):
    """Says in words, at the field, what the database would refuse."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk == FREE and "domain_limit" in self.fields:
            self.fields["domain_limit"].required = True

    def clean_price_cents(self) -> int:
        cents = int(self.cleaned_data["price_cents"])
        if cents < LEAST_CENTS:
            raise forms.ValidationError(f"Enter at least {LEAST_CENTS}. Only Free may cost nothing.")
        return cents


@admin.register(Plan)
class PlanAdmin(PreviewMixin, SettingAdmin):
    """What is offered from now on. A change of price never touches a subscription that exists."""

    form = PlanForm
    preview_of = "the plans"
    preview_template = "admin/memberships/preview.html"
    list_display = ["name", "key", "price", "domains", "monthly_tokens", "is_active", "position"]
    list_filter = ["is_active"]
    actions = None
    fieldsets = [
        (None, {"fields": ["key", "name", "is_active", "position"]}),
        (
            "Price",
            {
                "fields": ["price_cents", "currency"],
                "description": "Changes apply to new subscriptions only. Others keep their price until you migrate "
                "them on their own pages.",
            },
        ),
        ("Includes", {"fields": ["domain_limit", "monthly_tokens"]}),
    ]

    price = money("price_cents", name="Price")

    def public_page(self) -> dict[str, Any]:
        return {"standing": None, "cards": cards_for(None)}

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> list[str]:
        if obj is None:
            return []
        return ["key", "price_cents", "currency", "monthly_tokens", "is_active"] if obj.pk == FREE else ["key"]

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        return (obj is None or obj.pk != FREE) and super().has_delete_permission(request, obj)

    @admin.display(ordering="domain_limit")
    def domains(self, plan: Plan) -> str:
        return "unlimited" if plan.domain_limit is None else str(plan.domain_limit)


@admin.register(PlanPrice)
class PlanPriceAdmin(ViewOnlyAdmin):
    """The prices that were made at Stripe, past ones too."""

    list_display = ["plan", "price", "stripe_id", "created_at"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    search_fields = ["stripe_id", "plan__name"]
    fields = ["plan", "price", "at_stripe", "created_at"]
    actions = None
    price = money("amount_cents", name="Price", suffix=" a month")
    at_stripe = stripe_id("prices", name="Stripe price")
