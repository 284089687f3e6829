"""Row 9: webhooks at 8 connections: first deliveries of payments, duplicates and unknown types, each a side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from benchmarks import events, wrk
from benchmarks.bench import Bench
from benchmarks.figures import Spread, rates
from benchmarks.http import servers
from benchmarks.rounds import Side
from tokens.models import StripeEvent

CONNECTIONS = 8
# More than a turn can deliver: a script that runs out of them ends the run.
A_TURN = 4000
SPARE_TURNS = 1 + wrk.TRIES  # the warm-up, and turns taken again

BARE, CONSTRUCT = "bare view, 8", "construct_event, 8"
FIRST, DUPLICATE, UNKNOWN = "webhook, first delivery, 8", "webhook, duplicate, 8", "webhook, unknown type, 8"


def completion(bench: Bench) -> dict[int, list[Spread]]:
    purchases = events.plant_purchases(bench.people.ids, A_TURN * (bench.rounds + SPARE_TURNS) + 1)
    known = events.completed(purchases.pop())
    firsts = (events.completed(purchase) for purchase in purchases)
    with servers(bench) as at:
        endpoint = f"{at.shop}/api/tokens/webhook"
        turns = bench.take_turns(
            {
                BARE: at.bare(CONNECTIONS),
                CONSTRUCT: _deliver(bench, f"{at.references}/construct_event", "construct", lambda: iter([known])),
                FIRST: _deliver(bench, endpoint, "firsts", lambda: islice(firsts, A_TURN)),
                DUPLICATE: _deliver(bench, endpoint, "duplicate", lambda: iter([known])),
                UNKNOWN: _deliver(bench, endpoint, "unknown", lambda: (events.unknown() for _ in range(A_TURN))),
            }
        )
    _require_all_done()
    return {9: [rates(turns, FIRST, of=BARE), rates(turns, FIRST, of=CONSTRUCT)]}


def _deliver(bench: Bench, address: str, name: str, bodies: Callable[[], Iterator[str]]) -> Side:
    """Events signed anew before every turn: a signature is good for five minutes."""
    file = bench.directory / f"{name}.events"

    def arguments() -> list[str]:
        events.write(bodies(), file)
        return [str(file)]

    return wrk.side(address, "events", connections=CONNECTIONS, arguments=arguments)


def _require_all_done() -> None:
    failed = StripeEvent.objects.exclude(last_error="").first()
    if failed:
        raise RuntimeError(f"The webhook {failed} failed: {failed.last_error}")
