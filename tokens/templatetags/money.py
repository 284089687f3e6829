"""`{% load money %}{{ purchase.amount_cents|money:purchase.currency }}` shows "$40.00"."""

from django import template

from tokens.money import format_money

register = template.Library()


@register.filter
def money(cents: int, currency: str) -> str:
    """`{{ 4000|money:"usd" }}` shows “$40.00”; cents are the currency's smallest unit."""
    return format_money(cents, currency)
