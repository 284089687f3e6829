"""`python -m benchmarks.package_spender SIDE FD`: spends in one way, in threads of its own; reads its turns from FD.

The packages' sides run in an environment that has them and Django, and nothing of this project.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.core.management import call_command

WALLETS, TOKENS, MOST_THREADS = 500, 1_000_000, 8
ACTION, METADATA = "import_domain", {"domain": "ocean-dreams.com"}
APPS = ("django.contrib.contenttypes", "django.contrib.auth", "dj_wallet", "mptt", "hordak")

# Spends one token of the wallet at this place.
Spend = Callable[[int], object]


def the_shop() -> Spend:
    django.setup()
    from benchmarks.people import give, plant_users
    from tokens.spending.spends import spend

    users, run = plant_users("customer", WALLETS), secrets.token_hex(8)
    for user in users:
        give(user, TOKENS)
    return lambda at: spend(users[at].pk, ACTION, metadata=METADATA, idempotency_key=f"{run}-{secrets.token_hex(8)}")


def usual_django() -> Spend:
    _set_up()
    from benchmarks import usual

    usual.plant([*range(1, WALLETS + 1)], tokens=TOKENS)
    return lambda at: usual.spend_by_expression(at + 1, ACTION, METADATA)


def dj_wallet() -> Spend:
    _set_up("contenttypes", "auth", "dj_wallet")
    from dj_wallet.models import Wallet  # type: ignore[import-not-found]  # not of this project
    from dj_wallet.services import WalletService  # type: ignore[import-not-found]  # not of this project
    from django.contrib.auth.models import User
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(User)
    wallets = Wallet.objects.bulk_create(
        [Wallet(holder_type=kind, holder_id=place + 1, balance=TOKENS) for place in range(WALLETS)]
    )
    return lambda at: WalletService.withdraw(wallets[at], 1, meta=METADATA)


def django_hordak() -> Spend:
    """Under the lock of the customer's account, if its legs come to enough: one transaction of two legs."""
    _set_up("contenttypes", "auth", "hordak")
    from django.db import transaction
    from hordak.models import Account  # type: ignore[import-not-found]  # not of this project
    from moneyed import Money  # type: ignore[import-not-found]  # not of this project

    def account(name: str, kind: str) -> Any:
        return Account.objects.create(name=name, type=kind, currencies=["EUR"])

    bank, income = account("bank", "AS"), account("income", "IN")
    customers = [account(f"customer {place}", "LI") for place in range(WALLETS)]
    token = Money(1, "EUR")
    for customer in customers:
        customer.transfer_to(bank, Money(TOKENS, "EUR"))

    @transaction.atomic
    def spend(at: int) -> None:
        customer = Account.objects.select_for_update(of=("self",)).get(pk=customers[at].pk)
        if customer.get_simple_balance()["EUR"] < token:
            raise ValueError("Too few tokens.")
        income.transfer_to(customer, token, description=ACTION)

    return spend


MAKE = {"the shop": the_shop, "usual Django": usual_django, "dj-wallet": dj_wallet, "django-hordak": django_hordak}


def _set_up(*migrated: str) -> None:
    import dj_database_url  # type: ignore[import-not-found]  # not of this project
    from django.conf import settings

    database = dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=600)
    settings.configure(
        INSTALLED_APPS=APPS,
        DATABASES={"default": database},
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    for app in migrated:
        call_command("migrate", app, verbosity=0, skip_checks=True)


def serve(spend: Spend, turns: int) -> None:
    def work(end: float) -> int:
        spent = 0
        while time.perf_counter() < end:
            spend(random.randrange(WALLETS))
            spent += 1
        return spent

    with ThreadPoolExecutor(MOST_THREADS) as pool, open(turns) as lines:
        print("ready", flush=True)
        for line in lines:
            threads, seconds = map(int, line.split())
            began = time.perf_counter()
            spent = sum(pool.map(work, [began + seconds] * threads))
            print(spent / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    serve(MAKE[sys.argv[1]](), int(sys.argv[2]))
