"""SIGKILL under load, many times: after a restart and one sweep nothing is lost, doubled or stuck.

A real shop over HTTP on PostgreSQL, with the real SDK, signed webhooks and Stripe's retries; only Stripe survives.
"""

import os
import random
import secrets
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import api_keys
from devtools.testing.examples import tries
from devtools.testing.factories import UserFactory
from tokens import idempotency
from tokens.models import IdempotencyKey
from tokens.sweep import sweep
from tokens.testing import kills_books
from tokens.testing.kills_load import Load
from tokens.testing.kills_processes import Port, nursery
from tokens.testing.sandbox import running_sandbox, wait_for_deliveries

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

KILLS = tries(20, thorough=100)
CUSTOMERS = 6
LONGEST_LIFE = 1.6
SECONDS_IN_ALL = tries(240, thorough=600)


@pytest.mark.long
def test_kills_under_load_lose_double_and_block_nothing(tmp_path, caplog):
    seed = int(os.environ.get("KILLS_SEED") or secrets.randbelow(10**6))
    others = kills_books.connections()
    with everybody(tmp_path, seed) as (port, processes, load):
        kill_many_times(port, processes, load, random.Random(seed))
        assert kills_books.connections_left(besides=others) == []
        last = processes.start_shop(port.listen())
        let_all_be_answered(load)
        kills_books.print_figures(load.records, processes.hits)
        # Before any sweep could heal it: what was answered with 200 has been done.
        assert kills_books.money_here() == kills_books.money_at_stripe()
        sweep_two_hours_later()
        processes.kill(last)
        assert kills_books.connections_left(besides=others) == []
        assert kills_books.money_here() == kills_books.money_at_stripe()
        assert kills_books.done_by_us() == kills_books.told_to_clients(load.records)
        assert kills_books.under_way() == {}
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@contextmanager
def everybody(directory, seed):
    """The port, the processes that will die and the load, with Stripe beside them; all of it ended afterwards."""
    print(f"KILLS_SEED={seed} lets the same clients ask for the same things again.")
    tokens = [api_keys.issue(UserFactory.create(), name="kills")[1] for _ in range(CUSTOMERS)]
    with (
        Port() as port,
        running_sandbox(directory / "sandbox.db", webhook_url=f"{port.address}/api/tokens/webhook") as sandbox,
        nursery(directory, sandbox=sandbox.address) as processes,
        Load(port.address, tokens, seed=seed, seconds=SECONDS_IN_ALL) as load,
    ):
        yield port, processes, load


def kill_many_times(port, processes, load, rng):
    """A shop that lives for moments, and a worker that is killed at half of its ends."""
    started, worker = time.monotonic(), None
    for number in range(KILLS):
        shop = processes.start_shop(port.listen())
        worker = worker or processes.start_worker()
        time.sleep(rng.uniform(0, 0.02 if number % 5 == 4 else LONGEST_LIFE))  # every fifth hardly starts
        if rng.random() < 0.5:
            processes.kill(worker)
            worker = None
        processes.kill(shop)
        if rng.random() < 0.5:
            port.refuse()
            time.sleep(rng.uniform(0, 0.1))
        load.check()
    if worker:
        processes.kill(worker)
    print(f"{KILLS} shops were killed in {time.monotonic() - started:.0f} s.")


def let_all_be_answered(load):
    """The clients get their answers, and Stripe has every event taken by the shop."""
    load.stop()
    let_a_minute_pass()
    load.finish_parked()
    wait_for_deliveries(seconds=90)


def sweep_two_hours_later():
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        print("The sweep:", sweep())
        wait_for_deliveries(seconds=30)


def let_a_minute_pass():
    """An order's key is claimed while Stripe is asked; when that process was killed, the claim ends by its age."""
    stuck = IdempotencyKey.objects.filter(answer__isnull=True)
    ended = stuck.update(claimed_at=timezone.now() - idempotency.CLAIM_LASTS - timedelta(seconds=1))
    print(f"{ended} keys of killed orders had to wait for the end of their claim.")
