"""How long the server takes for a page: the three that people open most, and every list of the back office.

The sizes to compare are databases that `benchmarks.seed` filled; they take turns at each page, so that a noisy moment
hits them all. Only from about 20,000 purchases on has every list a full first page.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import environ
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

Timings = dict[str, list[float]]

CUSTOMER = "bench1"
PAGES = {"tokens": "/tokens/", "domains": "/domains/", "dashboard": "/admin/", "dashboard, 90 days": "/admin/?days=90"}
# What staff ask of a long list: a word to search for, or filters. `{n}` is a number that every size has.
ASKED = {
    "tokens_purchase": [
        "q=cs_bench_{n}", "q=pi_bench_{n}", "q={n}", "q=bench{n}@example.com", "q=bench{n}", "q=nothing",
        "status__exact=failed", "status__exact=processing", "type__exact=subscription", "is_simulated__exact=1",
        "created_at__gte={new}", "created_at__lt={old}", "status__in=completed,refunded&completed_at__gte={new}",
    ],
    "tokens_ledgerentry": ["q={n}", "q=bench{n}@example.com", "q=nothing", "kind__exact=deduct", "kind__exact=spend",
                           "kind__in=reverse,restore&created_at__gte={new}"],
    "tokens_tokenusage": ["q={n}", "q=bench{n}", "q=nothing", "holds=open", "holds=stuck", "status__exact=released"],
    "tokens_posting": ["q={n}", "q=bench{n}", "q=nothing"],
    "tokens_dailytotal": ["q=bench{n}", "q=nothing"],
    "tokens_lot": ["q={n}", "q=bench{n}", "q=nothing", "remaining__gt=0"],
    "tokens_wallet": ["q=bench{n}@example.com", "q=nothing", "blocked_at__isempty=0"],
    "tokens_stripeevent": ["q=evt_bench_{n}", "q=nothing", "status__exact=failed", "type__exact=invoice.paid"],
    "tokens_mail": ["q={n}", "q=bench{n}@example.com", "q=nothing", "status__exact=given_up", "kind__exact=refund"],
    "tokens_refund": ["q=re_{n}", "q=nothing", "status__exact=failed", "created_at__gte={new}"],
    "tokens_dispute": ["q=dp_{n}", "q=nothing", "status__exact=won"],
    "accounts_user": ["q=bench{n}@example.com", "q=bench{n}", "q=nothing", "is_staff__exact=1"],
    "accounts_apikey": ["q=bench{n}", "q=nothing"],
    "brands_brand": ["q=bench{n}.com", "q=nothing", "tier__exact=creative", "is_test__exact=1"],
}  # fmt: skip
NUMBER = 600


def admin_lists(asked: dict[str, list[str]] | None = None) -> dict[str, str]:
    """Every list of the back office by its name, plain and as staff ask it."""
    found = {}
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        address = reverse(f"admin:{name}_changelist")
        found[name] = address
        for query in ASKED.get(name, []) if asked is None else asked.get(name, []):
            filled = query.format(n=NUMBER, new=_days_ago(7), old=_days_ago(300))
            found[f"{name}?{query}"] = f"{address}?{filled}"
    return found


def measure(urls: dict[str, str], addresses: dict[str, str], *, rounds: int = 5, each: int = 3) -> dict[str, Timings]:
    """{size: {page: milliseconds, one for each round}} for databases by the name of their size.

    A round's figure is the median of `each` requests, after one that warms up; anything but 200 is an AssertionError.
    """
    timings: dict[str, Timings] = {size: {name: [] for name in addresses} for size in urls}
    clients = {}
    for size, url in urls.items():
        with database(url):
            clients[size] = _clients()
    for _ in range(rounds):
        for name, address in addresses.items():
            for size, url in urls.items():
                staff, customer = clients[size]
                with database(url):
                    timings[size][name].append(
                        _time(staff if address.startswith("/admin/") else customer, address, each)
                    )
    return timings


def medians(timings: Timings) -> dict[str, float]:
    return {name: statistics.median(times) for name, times in timings.items() if times}


@contextmanager
def database(url: str) -> Any:
    """The default connection leads to this database for a while."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({**environ.Env.db_url_config(url), "OPTIONS": before["OPTIONS"]})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def _clients() -> tuple[Client, Client]:
    users = get_user_model().objects
    staff, _ = users.get_or_create(username="bench-staff", defaults={"is_staff": True, "is_superuser": True})
    people: Iterable[Any] = (staff, users.get(username=CUSTOMER))
    clients = []
    for person in people:
        client = Client()
        client.force_login(person)
        clients.append(client)
    return clients[0], clients[1]


def _time(client: Client, address: str, times: int) -> float:
    taken = []
    for _ in range(1 + times):
        start = time.perf_counter()
        answer = client.get(address)
        taken.append(1000 * (time.perf_counter() - start))
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return statistics.median(taken[1:])


def _days_ago(days: int) -> str:
    return f"{timezone.now() - timedelta(days=days):%Y-%m-%d}"
