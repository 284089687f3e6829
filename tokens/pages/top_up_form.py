"""What a customer chooses for automatic top-up, and the tick under what it comes to."""

from __future__ import annotations

from typing import Any

from django import forms

from tokens.catalog import get_catalog
from tokens.models import AutoTopUp
from tokens.money import to_cents, to_decimal
from tokens.top_up import consent
from tokens.top_up.consent import MOST_CENTS, Terms
from tokens.top_up.errors import InvalidTopUp
from tokens.wording import counted

USUAL_MONTHS = 3


class TermsForm(forms.Form):
    """`terms` are what was chosen, once it is valid."""

    package = forms.ChoiceField(label="Pack to buy")
    threshold = forms.IntegerField(
        label="Buy when fewer tokens than this are available", min_value=1, widget=forms.NumberInput
    )
    monthly_limit = forms.DecimalField(
        label="Most to spend in a calendar month (UTC)", min_value=0, max_digits=10, decimal_places=3
    )

    terms: Terms

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        packages = get_catalog().packages
        field: Any = self.fields["package"]
        field.choices = [
            (each.key, f"{each.name}: {counted(each.tokens, 'token')} for {consent.price_of(each)}")
            for each in packages.values()
        ]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not {"package", "threshold", "monthly_limit"} <= given.keys():
            return given
        package = get_catalog().package(given["package"])
        cents = to_cents(given["monthly_limit"], package.currency)
        if cents is None:
            self.add_error("monthly_limit", "Enter an amount with no more decimals than the currency has.")
            return given
        self.terms = Terms(package.key, given["threshold"], min(cents, MOST_CENTS + 1))
        try:
            consent.checked(self.terms)
        except InvalidTopUp as error:
            self.add_error(error.field, str(error))
        return given


def usual(auto: AutoTopUp | None, alert_below: int) -> dict[str, Any]:
    """What the form begins with: what is so now, or the most popular pack, a few times a month."""
    packages = get_catalog().packages
    if auto and auto.package_key in packages:
        limit = to_decimal(auto.monthly_limit_cents, auto.currency)
        return {"package": auto.package_key, "threshold": auto.threshold, "monthly_limit": limit}
    package = next((each for each in packages.values() if each.is_popular), next(iter(packages.values()), None))
    if package is None:
        return {}
    return {
        "package": package.key,
        "threshold": max(1, min(alert_below, package.tokens)),
        "monthly_limit": to_decimal(USUAL_MONTHS * package.price_cents, package.currency),
    }
