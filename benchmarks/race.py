"""Row 11: eight spenders at one wallet that cannot pay them all, as threads and as processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from benchmarks.bench import Bench
from benchmarks.figures import Spread
from benchmarks.people import give, plant_users
from devtools import processes
from devtools.venv import ROOT
from tokens.errors import InsufficientTokens
from tokens.ledger.wallet import get_token_balance
from tokens.spending.spends import spend

SPENDERS, ROUNDS, TOKENS = 8, 20, 100
ACTIONS = ("import_domain", "data_export")  # 1 token and 10
SECONDS_TO_GET_READY = 0.02

# All spenders spend a user's tokens on an action, from a moment on; how many tokens each of them got.
Spenders = Callable[[int, str, float], list[int]]


def race(bench: Bench) -> dict[int, list[Spread]]:
    """The most tokens that were spent beyond those there were, in any round."""
    with _threads() as threads, _processes() as others:
        kinds = [(spenders, action) for spenders in (threads, others) for action in ACTIONS]
        overspent = []
        for place, user in enumerate(plant_users("racer", ROUNDS * len(kinds))):
            spenders, action = kinds[place % len(kinds)]
            give(user, TOKENS)
            spent = sum(spenders(user.pk, action, time.time() + SECONDS_TO_GET_READY))
            left = get_token_balance(user.pk)
            overspent.append(max(spent - TOKENS, -left))
    return {11: [Spread.exactly(max(overspent))]}


def spend_all(user_id: int, action: str, start_at: float) -> int:
    """Spend on the action from that moment on, until too few tokens are left; how many were spent."""
    time.sleep(max(0.0, start_at - time.time()))
    spent = 0
    with contextlib.suppress(InsufficientTokens):
        while True:
            spent += spend(user_id, action).tokens_spent
    return spent


@contextlib.contextmanager
def _threads() -> Iterator[Spenders]:
    with ThreadPoolExecutor(SPENDERS) as pool:
        yield lambda *race: list(pool.map(lambda _: spend_all(*race), range(SPENDERS)))


@contextlib.contextmanager
def _processes() -> Iterator[Spenders]:
    """Processes of `benchmarks.spender` that wait for a line each, "user action moment", and answer with a number."""
    with contextlib.ExitStack() as stack:
        spenders = [stack.enter_context(_process()) for _ in range(SPENDERS)]

        def spend(user_id: int, action: str, start_at: float) -> list[int]:
            for ask, _ in spenders:
                ask.write(f"{user_id} {action} {start_at}\n")
                ask.flush()
            return [int(answer.readline()) for _, answer in spenders]

        for _, answer in spenders:
            answer.readline()  # it is ready
        yield spend


@contextlib.contextmanager
def _process() -> Iterator[tuple[IO[str], IO[str]]]:
    theirs, ours = os.pipe()
    command = [sys.executable, "-m", "benchmarks.spender", str(theirs)]
    child = processes.start(command, cwd=ROOT, stdout=subprocess.PIPE, pass_fds=(theirs,), text=True)
    os.close(theirs)
    try:
        with open(ours, "w") as ask:
            yield ask, child.stdout  # type: ignore[misc]  # text, as asked for
    finally:
        processes.end(child)
