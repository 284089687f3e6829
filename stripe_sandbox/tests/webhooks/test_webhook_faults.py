"""Webhooks on a bad day."""

import json
import time

import pytest

from stripe_sandbox.testing import Refused, clear_faults, current, events_of, faults, pay
from stripe_sandbox.tests.support.actors import Webhook, order, soon
from stripe_sandbox.webhooks import deliveries


def told(webhook: Webhook) -> list[str]:
    return [json.loads(body)["id"] for body, _ in webhook.deliveries]


def listed(client, *, delivery_success: bool) -> list[str]:
    return [event.id for event in client.v1.events.list(params={"delivery_success": delivery_success}).data]


def make_customer(client) -> dict:
    (event,) = events_of(client.v1.customers.create(params={}).id)
    return event


def test_switches_are_kept_until_cleared(client) -> None:
    off = {"duplicate": False, "shuffle": False, "delay": 0, "drop": "", "two_ids": False, "give_up_after": 8}

    assert faults() == off
    assert faults(duplicate=True, drop=True) == off | {"duplicate": True, "drop": "*"}
    assert faults(delay=3, drop=False) == off | {"duplicate": True, "delay": 3}
    assert clear_faults() == off
    with pytest.raises(Refused, match="Received unknown parameter: explode"):
        faults(explode=True)
    with pytest.raises(Refused, match="This value must be less than or equal to 8"):
        faults(give_up_after=9)


def test_duplicate_sends_every_event_twice_and_no_more(told_sandbox, webhook: Webhook) -> None:
    faults(duplicate=True)

    first, second = make_customer(told_sandbox)["id"], make_customer(told_sandbox)["id"]

    soon(lambda: len(webhook.deliveries) == 4)
    soon(lambda: sorted(listed(told_sandbox, delivery_success=True)) == sorted([first, second]))
    assert sorted(told(webhook)) == sorted([first, first, second, second])
    bodies = {body for body, _ in webhook.deliveries}
    assert len(bodies) == 2


def test_shuffle_changes_the_order(told_sandbox, webhook: Webhook) -> None:
    faults(shuffle=True)

    made = [make_customer(told_sandbox)["id"] for _ in range(12)]

    soon(lambda: len(webhook.deliveries) == 12)
    assert sorted(told(webhook)) == sorted(made)
    assert told(webhook) != made


def test_delay_waits_and_holds_no_checkout_that_cannot_be_told_in_time(told_sandbox, webhook: Webhook) -> None:
    faults(delay=30)
    session = told_sandbox.v1.checkout.sessions.create(params=order())

    started = time.monotonic()
    assert pay(session.id)["payment_status"] == "paid"

    assert time.monotonic() - started < 4
    assert webhook.deliveries == []
    assert len(listed(told_sandbox, delivery_success=False)) == 4


def test_drop_sends_nothing_and_leaves_it_to_be_found_and_resent(told_sandbox, webhook: Webhook) -> None:
    faults(drop="customer.*")
    lost = make_customer(told_sandbox)["id"]
    session = told_sandbox.v1.checkout.sessions.create(params=order())
    pay(session.id)

    soon(lambda: len(webhook.deliveries) == 4)
    soon(lambda: listed(told_sandbox, delivery_success=False) == [lost])
    with current()._store.writing() as db:
        assert "dropped by the fault switch" in [line["delivery"] for line in deliveries.latest(db, limit=10)]
        deliveries.resend(db, lost)
    soon(lambda: told(webhook)[-1] == lost)
    soon(lambda: listed(told_sandbox, delivery_success=False) == [])


def test_two_ids_tell_one_change_twice(told_sandbox, webhook: Webhook) -> None:
    faults(two_ids=True)

    one, two = events_of(told_sandbox.v1.customers.create(params={}).id)

    assert one["id"] != two["id"]
    assert one | {"id": ""} == two | {"id": ""}
    soon(lambda: sorted(told(webhook)) == sorted([one["id"], two["id"]]))


def test_give_up_after_one_try(told_sandbox, webhook: Webhook) -> None:
    faults(give_up_after=1)
    webhook.statuses = [500]

    lost = make_customer(told_sandbox)["id"]

    def said() -> str:
        with current()._store.reading() as db:
            return deliveries.latest(db, limit=1)[0]["delivery"]

    soon(lambda: said() == "given up after 1 attempt (HTTP 500)")
    assert listed(told_sandbox, delivery_success=False) == [lost]
