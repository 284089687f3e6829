"""The search of the back office: an email address, a username, a purchase's number or key, or any Stripe id.

What was typed says by its shape which one or two indexed columns it can be in; nothing is searched with LIKE.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from accounts.models import User
from memberships.models import PlanPrice, Subscription
from tokens.models import Dispute, Purchase, Refund, StripeCustomer, StripeEvent
from tokens.web.keyset import row_id

# Where an id of Stripe's is kept, by how it begins.
KEPT_IN: dict[str, tuple[type[Model], str]] = {
    "cs_": (Purchase, "stripe_checkout_session_id"),
    "pi_": (Purchase, "stripe_payment_intent_id"),
    "in_": (Purchase, "stripe_invoice_id"),
    "sub_": (Subscription, "stripe_id"),
    "sub_sched_": (Subscription, "schedule_id"),  # without an index: few look, and there are few subscriptions
    "re_": (Refund, "stripe_id"),
    "pyr_": (Refund, "stripe_id"),
    "dp_": (Dispute, "stripe_id"),
    "du_": (Dispute, "stripe_id"),
    "evt_": (StripeEvent, "stripe_id"),
    "cus_": (StripeCustomer, "stripe_id"),
    "price_": (PlanPrice, "stripe_id"),
}
ICONS: dict[type[Model], str] = {User: "person", Purchase: "shopping_cart", Refund: "undo", Dispute: "gavel"}
AT_MOST = 8


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """What the theme's search shows, of the models this member of staff may see.

    The theme gives `term` in lower case, but Stripe's ids have capitals, so the request is read.
    """
    wanted = request.GET.get("s", term).strip()
    rows = _rows(wanted) if wanted and wanted.isprintable() else iter(())
    return [_result(row) for row in rows if _may_see(request, row)]


def _rows(wanted: str) -> Iterator[Model]:
    prefix = max((start for start in KEPT_IN if wanted.startswith(start)), key=len, default="")
    if prefix:
        model, column = KEPT_IN[prefix]
        for row in model._default_manager.filter(**{column: wanted}):
            yield from (row.user, row) if isinstance(row, StripeCustomer) else (row,)
        return
    if (number := row_id(wanted.removeprefix("#"))) is not None:
        yield from Purchase.objects.filter(pk=number)
    with suppress(ValueError):
        yield from Purchase.objects.filter(key=uuid.UUID(wanted))
    yield from _by_address(wanted) if "@" in wanted else _by_name(wanted)


def _by_address(wanted: str) -> QuerySet[User]:
    confirmed = EmailAddress.objects.filter(email=wanted.lower()).values("user")
    found = User.objects.filter(pk__in=confirmed)
    # Those whom staff or a command made have no such row.
    return found if found else User.objects.annotate(address=Lower("email")).filter(address=wanted.lower())[:AT_MOST]


def _by_name(wanted: str) -> QuerySet[User]:
    return User.objects.filter(username__startswith=wanted).order_by("username")[:AT_MOST]


def _may_see(request: HttpRequest, row: Model) -> bool:
    page: Any = admin.site._registry.get(type(row))
    return page is not None and page.has_view_permission(request, row)


def _result(row: Model) -> SearchResult:
    options = row._meta
    described = f"{row.email or 'no email address'}" if isinstance(row, User) else str(options.verbose_name)
    return SearchResult(
        title=str(row),
        description=described,
        link=reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk]),
        icon=ICONS.get(type(row), "data_object"),
    )
