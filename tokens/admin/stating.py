"""Refunds and disputes in another currency: what Stripe said, what counts, and the button with which staff say it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from tokens.models import Dispute, Refund
from tokens.money import format_money
from tokens.staff import stating
from tokens.staff.refunding import REFUND
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.buttons import Told, allows, button, dialog

NEEDS_AMOUNT = "Needs amount"


class NeedsAmountFilter(SimpleListFilter):
    """What waits for staff to say what it comes to."""

    title = "needs amount"
    parameter_name = "needs_amount"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(unclear="") if self.value() == "yes" else queryset


class StateForm(ActionForm):
    needs_fresh_factor = True

    money = forms.DecimalField(
        min_value=0,
        label="Amount",
        help_text="In the purchase's currency: all that the dispute took, or that the refund gave back.",
        widget=UnfoldAdminDecimalFieldWidget,
    )

    model: type[Refund] | type[Dispute]

    def facts(self, pk: int) -> dict[str, object]:
        row = get_object_or_404(self.model.objects.select_related("purchase__user"), pk=pk)
        paid = format_money(row.purchase.expected_cents, row.purchase.currency)
        return {"Customer": row.purchase.user, "Paid": paid, "Reason": row.unclear}


class StateRefundForm(StateForm):
    model = Refund


class StateDisputeForm(StateForm):
    model = Dispute


def state_button(form_class: type[StateForm]) -> Any:
    """The button of a page; its name there is `state_amount`."""

    @button(
        "Enter amount",
        dialog(
            "Enter the amount",
            form_class,
            "Enter amount",
            "Tokens are adjusted immediately. You can't change the amount later.",
        ),
        needs="state",
        variant=ActionVariant.PRIMARY,
    )
    def state_amount(self: Any, request: HttpRequest, form: StateForm, row: Refund | Dispute) -> Told:
        stated = stating.state(row, amount=form.cleaned_data["money"], why=form.why(request))
        return stated, f"{format_money(stated.stated_cents or 0, row.purchase.currency)} recorded."

    return state_amount


def may_state(form_class: type[StateForm]) -> Any:
    """No button where Stripe's figures are clear."""
    rows = form_class.model.objects.exclude(unclear="")
    return allows(REFUND, shown=lambda pk: rows.filter(pk=pk).exists())
