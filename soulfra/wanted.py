"""What somebody chose before signing up or in, read off the address that they are sent to afterwards."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from memberships.plans import offered_plans
from tokens.catalog import get_catalog
from tokens.money import format_money
from tokens.wording import counted


def wanted(request: HttpRequest) -> str:
    """The pack or plan in words, with its price; empty where the next page is another."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(url, allowed_hosts=None):
        return ""
    address = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(address.query).items()}
    if address.path == reverse("tokens:purchase"):
        return _pack(asked.get("package", ""))
    return _plan(asked.get("plan", "")) if address.path == reverse("memberships:checkout") else ""


def _pack(key: str) -> str:
    package = get_catalog().packages.get(key)
    if package is None:
        return ""
    price = format_money(package.price_cents, package.currency)
    return f"{package.name}: {counted(package.tokens, 'token')} for {price}"


def _plan(key: str) -> str:
    plan = next((plan for plan in offered_plans() if plan.key == key and plan.price_cents), None)
    return f"{plan.name} membership: {format_money(plan.price_cents, plan.currency)} a month" if plan else ""
