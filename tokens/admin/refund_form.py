"""The refund form: how much, in one of three ways, and why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from tokens.errors import RefundTooLarge
from tokens.models import Purchase
from tokens.money import to_cents
from tokens.purchases import refunds
from tokens.staff.acts import REFUND_REASONS

WHOLE, MONEY, TOKENS = "whole", "money", "tokens"


class RefundForm(forms.Form):
    """`amount_cents` is set as soon as the amount is understood, also while the rest is still missing."""

    how = forms.ChoiceField(label="How much", widget=UnfoldAdminSelectWidget)
    money = forms.DecimalField(required=False, label="Money", min_value=0, widget=UnfoldAdminDecimalFieldWidget)
    tokens = forms.IntegerField(
        required=False,
        label="Tokens",
        min_value=1,
        help_text="Refunds the price paid for this many tokens.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    beyond = forms.BooleanField(
        required=False,
        label="Include used tokens",
        help_text="The customer will owe any tokens that can't be recovered.",
        widget=UnfoldBooleanWidget,
    )
    reason = forms.ChoiceField(choices=[(reason, reason) for reason in REFUND_REASONS], widget=UnfoldAdminSelectWidget)
    note = forms.CharField(max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    key = forms.UUIDField(widget=forms.HiddenInput)

    amount_cents: int | None = None

    def __init__(self, *args: Any, purchase: Purchase, may_go_beyond: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purchase = purchase
        ways = {WHOLE: "Full refundable amount", MONEY: "Custom amount", TOKENS: "By tokens"}
        if not purchase.tokens:
            del ways[TOKENS], self.fields["tokens"]
        if not may_go_beyond:
            del self.fields["beyond"]
        self.fields["how"].choices = list(ways.items())  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["money"].label = f"Money ({purchase.currency.upper()})"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        most = refunds.most_cents(self.purchase, beyond_offer=bool(cleaned.get("beyond")))
        amount = {WHOLE: lambda: most, MONEY: self._by_money, TOKENS: self._by_tokens}
        if cleaned.get("how") not in amount:
            return cleaned
        cents = amount[cleaned["how"]]()
        if cents is not None and not 1 <= cents <= most:
            self.add_error("how", str(RefundTooLarge(most_cents=most, currency=self.purchase.currency)))
        else:
            self.amount_cents = cents
        return cleaned

    def _by_money(self) -> int | None:
        money: Decimal | None = self.cleaned_data.get("money")
        if money is None:
            self.add_error("money", "Enter an amount.")
            return None
        cents = to_cents(money, self.purchase.currency)
        if cents is None:
            self.add_error("money", "Use fewer decimal places for this currency.")
        return cents

    def _by_tokens(self) -> int | None:
        tokens: int | None = self.cleaned_data.get("tokens")
        if tokens is None:
            self.add_error("tokens", "Enter the number of tokens.")
            return None
        return refunds.cents_for(self.purchase, tokens)
