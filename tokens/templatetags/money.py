"""`{% load money %}{{ purchase.amount_cents|money:purchase.currency }}` shows "$40.00"."""

from django import template
from django.conf import settings

from tokens.money import format_money

register = template.Library()


@register.filter
def money(cents: int, currency: str) -> str:
    """`{{ 4000|money:"usd" }}` shows “$40.00”; cents are the currency's smallest unit."""
    return format_money(cents, currency)


@register.simple_tag
def plus_tax() -> str:
    """`{{ price }}{% plus_tax %}`, for what something will cost: “ plus tax” where Stripe adds it on its page."""
    return " plus tax" if settings.STRIPE_TAX else ""
