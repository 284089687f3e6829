"""Whole lives of purchases, told to the shop in any order, twice, late, never, with deaths between any two steps.

In the end the shop knows what one that heard everything at once and in order would know.
"""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from devtools.testing.examples import tries
from tokens.testing.money_crash import POINTS
from tokens.testing.money_machine import MoneyMachine
from tokens.testing.money_odds import MEANS
from tokens.testing.money_world import seen

pytestmark = pytest.mark.django_db

EXAMPLES = tries(5)
CALLING = POINTS[3:]
DEADLY = {
    **dict.fromkeys(["buy", "refund by staff", "deliver, newest first"], POINTS),
    **dict.fromkeys(["spend", "hold", "capture", "release", "grant", "deduct", "post"], POINTS[:3]),
    **dict.fromkeys(["success page", "sweep"], CALLING),
}


@pytest.mark.long
def test_whatever_order_the_news_comes_in_the_shop_ends_where_an_orderly_one_would(sandbox_server):
    run_state_machine_as_test(
        MoneyMachine,
        settings=settings(
            max_examples=EXAMPLES,
            phases=[phase for phase in Phase if phase is not Phase.explain],
            stateful_step_count=18,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.long
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**64 - 1))
def test_a_life_by_chance_alone_ends_where_an_orderly_one_would(sandbox_server, seed):
    """Hypothesis makes most of its examples from others; these have nothing in common. They do not shrink."""
    live(MoneyMachine.walk, Random(seed), steps=18)


@pytest.mark.parametrize("point", POINTS)
def test_every_step_dies_at_every_point_and_the_shop_recovers(sandbox_server, point):
    seen.clear()
    live(live_with_all_means, crash=(point, 0))
    deaths = {f"{what}: {point}" for what, points in DEADLY.items() if point in points}
    assert deaths <= seen.keys()


def test_every_way_to_pay_and_every_change_of_money_happens(sandbox_server):
    seen.clear()
    for means in MEANS:
        live(live_with_one_means, means)
    changes = {"settle", "bounce", "refund in the dashboard", "fail refund", "dispute", "inquiry", "fraud warning"}
    changes |= {"refund in euros", "dispute in euros"}
    verdicts = {"win dispute", "win a part of dispute", "lose dispute", "appeal dispute"}
    refused = {"pay: declined card"}
    assert {f"pay: {means}" for means in MEANS} - refused | {"pay: declined card, refused"} <= seen.keys()
    assert changes | verdicts <= seen.keys()


def live(life, *arguments, **more):
    machine = MoneyMachine()
    try:
        life(machine, *arguments, **more)
    finally:
        machine.teardown()


def live_with_all_means(machine, crash):
    """Some of everything, in which each kind of step dies once."""
    machine.begin("starter", "card", 0)
    machine.buy(number=3, crash=crash, told=False)
    machine.order("pro", "bank that waits", told=False)
    machine.world.pass_time(minutes=11)
    machine.land(number=len(machine.world.pages) - 1, crash=crash)
    machine.time_passes(number=1, crash=crash)
    machine.bank_answers(told=False)
    machine.deliver()
    machine.spend(crash=crash)
    machine.post(crash=crash)
    machine.hold(share=50, crash=crash)
    machine.hold(share=10)
    machine.hold(share=10)
    machine.end_hold(share=50, crash=crash)
    machine.end_hold(number=1, other=1, crash=crash)
    machine.grant(crash=crash)
    machine.grant(number=1, other=1, crash=crash)
    machine.deduct(number=4, crash=crash)
    machine.staff_refund(other=1, share=33, crash=crash)
    machine.dispute(share=50, told=False)
    machine.dispute(number=1, told=False)
    machine.deliver(other=1, crash=crash)
    machine.dispute_changes(told=False)
    machine.dashboard_refund(other=6, told=False)
    machine.refund_changes(told=False)


def live_with_one_means(machine, means):
    """One purchase, and what may become of its money."""
    machine.begin("starter", means, 50)
    machine.bank_answers(other=len(means) % 2)
    for what in (1, 3, 0) if len(means) % 2 else (4,):
        machine.dispute(other=what, share=50)
    machine.dispute_changes(other=2)
    machine.dispute_changes()
    machine.dispute_changes(other=len(means) % 2)
    machine.dashboard_refund(other=3)
    machine.dashboard_refund(number=2, other=3)
    machine.refund_changes(told=False)
