"""One world for each key: nothing of one is seen, changed, told or undone in another."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import stripe

from stripe_sandbox.store.schema import SCHEMA, VERSION
from stripe_sandbox.testing import Refused, Running, run_sandbox
from stripe_sandbox.tests.support.actors import Buyer, Webhook, order, soon
from stripe_sandbox.tests.support.terminal import say

ONE, OTHER = "sk_test_one", "rk_test_other"


@pytest.fixture
def running(tmp_path, webhook: Webhook) -> Iterator[Running]:
    with run_sandbox(tmp_path / "store.db", webhook_url=webhook.url) as found:
        yield found


@pytest.fixture
def shops(running: Running) -> Iterator[list[stripe.StripeClient]]:
    """The SDK with one key, and with another."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(shop(running.address, key)) for key in (ONE, OTHER)]


@contextlib.contextmanager
def shop(address: str, key: str) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient(timeout=20)
    yield stripe.StripeClient(key, base_addresses={"api": address}, http_client=http)
    http.close()


def lists_of(shop: stripe.StripeClient) -> dict[str, Any]:
    v1 = shop.v1
    kinds = (v1.customers, v1.checkout.sessions, v1.payment_intents, v1.charges, v1.prices, v1.products, v1.events)
    return {type(kind).__name__: [one.id for one in kind.list({"limit": 100}).data] for kind in kinds}


def test_two_keys_never_see_each_others_objects(shops) -> None:
    one, other = shops
    session = one.v1.checkout.sessions.create(order())
    one.v1.products.create({"id": "pack", "name": "Pack"})
    assert not any(lists_of(other).values())
    with pytest.raises(stripe.InvalidRequestError, match=f"No such checkout.session: '{session.id}'"):
        other.v1.checkout.sessions.retrieve(session.id)
    # The same name may stand for something else there.
    assert other.v1.products.create({"id": "pack", "name": "Another"}).name == "Another"
    assert one.v1.products.retrieve("pack").name == "Pack"


def test_an_idempotency_key_and_a_clock_are_its_worlds_own(running: Running, shops) -> None:
    one, other = shops
    asked = {"params": {"name": "Ann"}, "options": {"idempotency_key": "same"}}
    made = [each.v1.customers.create(**asked).id for each in (one, other, one)]
    assert made[0] == made[2] != made[1]
    running.of_key(ONE).advance(days=40)
    assert one.v1.customers.create({}).created - other.v1.customers.create({}).created > 39 * 86400


def test_faults_of_one_do_not_touch_the_other(running: Running, shops, webhook: Webhook) -> None:
    one, other = shops
    running.of_key(ONE).faults(drop="customer.*")
    running.of_key(ONE).fail_api(call="GET /v1/customers", status=500, times=9)
    assert other.v1.customers.list({}).data == []
    lost, told = one.v1.customers.create({}).id, other.v1.customers.create({}).id
    soon(lambda: webhook.deliveries)
    assert running.of_key(ONE).deliveries() == {"dropped": 1}
    assert [told in body.decode() and lost not in body.decode() for body, _ in webhook.deliveries] == [True]
    running.of_key(OTHER).faults(duplicate=True)
    running.of_key(ONE).clear_faults()
    twice, once = other.v1.customers.create({}).id, one.v1.customers.create({}).id
    soon(lambda: sum(twice in body.decode() for body, _ in webhook.deliveries) == 2)
    running.of_key(ONE).wait_for_deliveries()
    assert sum(once in body.decode() for body, _ in webhook.deliveries) == 1


def test_reset_empties_the_world_of_its_key_only(running: Running, shops) -> None:
    one, other = shops
    for each in shops:
        each.v1.customers.create({})
    answer = requests.post(f"{running.address}/stripe-sandbox/api/reset", auth=(ONE, ""), timeout=20)
    assert answer.json() == {"object": "reset"}
    assert not any(lists_of(one).values())
    assert len(lists_of(other)["CustomerService"]) == 1
    # It is still the same key's.
    mine = one.v1.customers.create({}).id
    assert mine not in lists_of(other)["CustomerService"]


def test_the_command_line_finds_an_object_whosever_it_is(shops, running: Running) -> None:
    sessions = [each.v1.checkout.sessions.create(order()) for each in shops]
    for session in sessions:
        assert say("pay", session.id).startswith(f"Paid {session.id}")
    with pytest.raises(Refused, match=r"^No such checkout.session: 'cs_nope'\.$"):
        say("pay", "cs_nope")
    with pytest.raises(Refused, match="No such checkout"):
        say("pay", sessions[0].id, "--key", OTHER)


def test_what_names_nothing_asks_whose_world_is_meant(shops, running: Running) -> None:
    shops[0].v1.customers.create({})
    assert "customer.created" in say("events")
    shops[1].v1.customers.create({})
    sentence = f"Several keys have a world here ({ONE}, {OTHER}): say whose is meant, with --key."
    for words in (["events"], ["advance", "--days", "1"], ["reset"], ["faults", "set", "drop"]):
        with pytest.raises(Refused) as found:
            say(*words)
        assert str(found.value) == sentence
    assert say("--key", OTHER, "reset") == "The sandbox is empty.\n"
    assert "customer.created" in say("events")


def test_before_any_key_came_the_command_line_prepares_the_first_ones_world(running: Running, shops) -> None:
    say("fail-api", "--call", "POST /v1/customers", "--status", "500", "--times", "9")
    with pytest.raises(stripe.APIError, match="planted"):
        shops[0].v1.customers.create({}, {"max_network_retries": 0})


def test_hosted_pages_find_the_world_of_their_object(shops, buyer: Buyer) -> None:
    sessions = [each.v1.checkout.sessions.create(order()) for each in shops]
    for each, session in zip(shops, sessions, strict=True):
        assert buyer.pay(session).status_code == 303
        paid = each.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
        assert paid.payment_status == "paid"
        assert buyer.look(paid.payment_intent.latest_charge.receipt_url).status_code == 200
        customer = each.v1.customers.create({})
        portal = each.v1.billing_portal.sessions.create({"customer": customer.id})
        assert "Manage your plan and payments" in buyer.look(portal.url).text


def test_the_operators_page_has_a_chooser_once_there_are_several(running: Running, shops, buyer: Buyer) -> None:
    page = f"{running.address}/stripe-sandbox/"
    one, other = (each.v1.checkout.sessions.create(order()).id for each in shops)
    first = buyer.look(page).text
    assert one in first
    assert other not in first
    assert (ONE in first, OTHER in first) == (True, True)
    chosen = next(part.split('"')[0] for part in first.split("?world=")[1:] if OTHER in part)
    second = buyer.look(f"{page}?world={chosen}").text
    assert other in second
    assert one not in second
    buyer.cookies.post(f"{page}do/faults", data={"world": chosen, "delay": "7"}, timeout=20)
    assert running.of_key(OTHER).faults()["delay"] == 7
    assert running.of_key(ONE).faults()["delay"] == 0


def test_with_one_key_there_is_nothing_to_choose(running: Running, shops, buyer: Buyer) -> None:
    shops[0].v1.customers.create({})
    shops[1].v1.customers.list({})  # a look makes no world
    assert "Worlds" not in buyer.look(f"{running.address}/stripe-sandbox/").text
    assert "customer.created" in say("events")


def test_a_long_key_is_not_shown_whole(running: Running, buyer: Buyer) -> None:
    keys = [f"sk_test_51{letter * 90}wxyz" for letter in "AB"]
    for key in keys:
        with shop(running.address, key) as each:
            each.v1.customers.create({})
    page = buyer.look(f"{running.address}/stripe-sandbox/").text
    assert "sk_test_51AA…wxyz" in page
    assert not any(key in page for key in keys)


def test_a_store_of_the_former_format_is_the_world_of_the_first_key(tmp_path) -> None:
    """Such a file has no owner."""
    with run_sandbox(tmp_path / "new.db") as running, shop(running.address, ONE) as each:
        kept = each.v1.customers.create({"name": "Kept"}).id
    shutil.copyfile(tmp_path / "new.db", tmp_path / "old.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "old.db")) as db:
        db.execute("DELETE FROM setting WHERE name = 'owner'")
        db.commit()
        assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION == 1
        assert len(SCHEMA) == 9
    with run_sandbox(tmp_path / "old.db") as running:
        assert kept in say("events")
        with shop(running.address, OTHER) as first, shop(running.address, ONE) as second:
            assert first.v1.customers.retrieve(kept).name == "Kept"
            assert second.v1.customers.list({}).data == []


def test_worlds_are_found_again_by_the_next_process(tmp_path) -> None:
    made = {}
    for key in (ONE, OTHER, "sk_test_third"):
        with run_sandbox(tmp_path / "store.db") as running, shop(running.address, key) as each:
            made[key] = each.v1.customers.create({}).id
    with run_sandbox(tmp_path / "store.db") as running:
        for key, customer in made.items():
            with shop(running.address, key) as each:
                assert [one.id for one in each.v1.customers.list({}).data] == [customer]
