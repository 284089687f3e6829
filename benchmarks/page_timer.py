"""`python -m benchmarks.page_timer PURCHASES ROUNDS`: times the three pages on a shop of that size, in DATABASE_URL.

It is a process of its own, since a process speaks to one kind of database. Prints milliseconds by page, as JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys

import django
from django.core.management import call_command, get_commands

DOMAINS = 10_000
PAGES = ("tokens", "domains", "dashboard")


def main(purchases: int, rounds: int) -> dict[str, list[float]]:
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
    seed, pages = (importlib.import_module(f"benchmarks.{name}") for name in ("seed", "pages"))
    seed.seed(seed.Sizes(purchases=purchases, users=max(100, purchases // 100), domains=DOMAINS))
    if "close_hours" in get_commands():  # what the worker would have done long ago
        call_command("close_hours", verbosity=0)
    addresses = {name: pages.PAGES[name] for name in PAGES}
    found: dict[str, list[float]] = pages.measure({"": os.environ["DATABASE_URL"]}, addresses, rounds=rounds)[""]
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):  # commands have their say; the answer stands alone
        answer = main(*map(int, sys.argv[1:]))
    print(json.dumps(answer))
