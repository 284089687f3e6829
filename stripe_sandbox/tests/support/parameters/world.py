"""A world in which every parameter can be tried, and what of it can be seen: documents, settings, answers, pages.

Ids come in a fixed order and time stands still, so two runs that do the same leave exactly the same behind.
"""

import json
import random
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from stripe_sandbox.config import Config
from stripe_sandbox.errors import LostAnswer
from stripe_sandbox.objects import ids
from stripe_sandbox.server.application import Application
from stripe_sandbox.server.worlds import Worlds
from stripe_sandbox.tests.support.actors import line
from stripe_sandbox.webhooks import attempts

NOW = 1_790_000_000
DAY = 24 * 3600
_HEADERS = {"Authorization": "Bearer sk_test_sandbox"}
_HERE = "http://localhost"
_MONTHLY = {"currency": "usd", "recurring": {"interval": "month"}}
_UNPAID = {"amount": 4000, "currency": "usd"}
_TABLES = {
    "document": "SELECT id, kind, due_at, body, private FROM document ORDER BY seq",
    "setting": "SELECT name AS id, value FROM setting",
    "delivery": "SELECT event_id AS id, state, attempts, next_at FROM delivery ORDER BY event_id",
    "attempt": "SELECT id, event_id, status FROM attempt",
}


class World:
    """One sandbox, asked as an SDK or a browser asks it, in the same process."""

    def __init__(self, store: Path, patch: pytest.MonkeyPatch) -> None:
        worlds = Worlds(Config(str(store), address=_HERE))
        self.sandbox, here = worlds.main, Application(worlds)
        with self.sandbox.store._connection() as db:
            db.execute("PRAGMA synchronous=OFF")  # nothing of it need outlive the test
        self.asked = Client(lambda environ, begin: here({**environ, "REMOTE_ADDR": "127.0.0.1"}, begin))
        self.seen: list[Any] = []
        self.now = float(NOW)
        fixed = random.Random(store.name)
        patch.setattr(ids, "random_text", lambda length: "".join(fixed.choices("abcdefgh", k=length)))
        patch.setattr(secrets, "randbelow", fixed.randrange)
        patch.setattr(time, "time", lambda: self.now)
        patch.setattr(time, "sleep", lambda seconds: self.seen.append(f"slept {seconds}"))

    def call(self, method: str, path: str, params: dict[str, Any] | None = None) -> Any:
        encoded = urlencode(list(pairs(params or {})))
        given: dict[str, Any] = {"query_string" if method in ("GET", "DELETE") else "data": encoded}
        if method == "POST":
            given["content_type"] = "application/x-www-form-urlencoded"
        try:
            reply = self.asked.open(path, method=method, headers=_HEADERS, **given)
        except LostAnswer:
            self.seen.append("no answer")
            return {}
        self.seen.append((reply.status_code, reply.text))
        return json.loads(reply.text)

    def do(self, verb: str, **params: Any) -> Any:
        return self.call("POST", f"/stripe-sandbox/api/{verb}", params)

    def look(self, address: str) -> None:
        """As a browser, which follows where it is sent."""
        self.seen.append(self.asked.get(address.removeprefix(_HERE), follow_redirects=True).text)

    def send(self, address: str, **fields: str) -> None:
        """A form; where it leads."""
        reply = self.asked.post(address.removeprefix(_HERE), data=fields)
        self.seen.append((reply.status_code, reply.headers.get("Location")))

    def deliver(self) -> None:
        """Three rounds of webhooks, ten seconds apart."""
        for _ in range(3):
            self.now += 10
            while delivery := attempts.claim(self.sandbox.store):
                attempts.attempt(self.sandbox.store, delivery)

    def left(self) -> dict[str, Any]:
        """Everything that can be seen of it: each row of the store, and each answer."""
        with self.sandbox.store.reading() as db:
            rows = {f"{name}/{row[0]}": dict(row) for name, query in _TABLES.items() for row in db.execute(query)}
        return rows | {f"seen/{place}": one for place, one in enumerate(self.seen)}


@contextmanager
def world_at(store: Path) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        world = World(store, patch)
        try:
            yield world
        finally:
            world.sandbox.store.close_idle()


@contextmanager
def copy_of(store: Path, name: str) -> Iterator[World]:
    copy = store.with_name(name)
    shutil.copyfile(store, copy)
    with world_at(copy) as world:
        yield world
    for file in copy.parent.glob(f"{copy.name}*"):
        file.unlink()


def pairs(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """In Stripe's form encoding."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from pairs(part, f"{name}[{key}]" if name else str(key))
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """Where two worlds differ, as paths down to the single field."""
    paths: set[str] = set()
    for key in one.keys() | other.keys():
        if one.get(key) != other.get(key):
            here, there = (dict(_flat(all.get(key), key)) for all in (one, other))
            paths |= {path for path in here.keys() | there.keys() if here.get(path, "-") != there.get(path, "-")}
    return paths


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    if isinstance(value, dict | list | tuple) and value:
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(part, f"{path}/{key}")
    else:
        yield path, value


def settle_in(world: World) -> dict[str, str]:
    """Something of everything; gives the ids by name."""
    call, do = world.call, world.do
    customer = call("POST", "/v1/customers", {"email": "ann@example.com", "name": "Ann"})["id"]
    stranger = call("POST", "/v1/customers", {"email": "bo@example.com"})["id"]
    method = call("POST", "/v1/payment_methods/pm_card_mastercard/attach", {"customer": customer})["id"]
    plans = [
        call("POST", "/v1/prices", {**_MONTHLY, "unit_amount": amount, "product_data": {"name": name}})
        for name, amount in (("Plus", 2000), ("Max", 5000))
    ]
    once = call(
        "POST",
        "/v1/prices",
        {"currency": "usd", "unit_amount": 700, "lookup_key": "once", "product_data": {"name": "Book"}},
    )
    found = {
        "customer": customer,
        "stranger": stranger,
        "method": method,
        "plus": plans[0]["id"],
        "max": plans[1]["id"],
        "max_product": plans[1]["product"],
        "once": once["id"],
        "book": once["product"],
    }
    for name, card in {"paid": "4242424242424242", "slow": "4000000000007726", "disputed": "4000000000000259"}.items():
        found[name] = do("pay", session=session(world)["id"], card=card)["payment_intent"]
    found["charge"] = call("GET", f"/v1/payment_intents/{found['paid']}")["latest_charge"]
    found["slow_charge"] = call("GET", f"/v1/payment_intents/{found['slow']}")["latest_charge"]
    found["refund"] = do("refund", payment_intent=found["slow"], amount=500)["id"]
    found["dispute"] = call("GET", "/v1/disputes")["data"][0]["id"]
    found["open"], found["at_bank"] = session(world, allow_promotion_codes=True)["id"], session(world)["id"]
    do("pay", session=found["at_bank"], bank="000123456789")
    refused = session(world)["id"]
    found["refused"] = do("pay", session=refused, card="4000000000000002")["error"]["payment_intent"]["id"]
    call("POST", f"/v1/checkout/sessions/{refused}/expire")
    found["unpaid_intent"] = call("POST", "/v1/payment_intents", {**_UNPAID, "customer": customer})["id"]
    found["unsaved_intent"] = call("POST", "/v1/setup_intents")["id"]
    found["asking"] = _asking(world, found)
    offered = {"saved_payment_method_options": {"payment_method_save": "enabled"}}
    found["saving"] = session(world, customer=customer, **offered)["id"]
    found |= _members(world, found)
    found |= _invoiced(world)
    features = {"subscription_cancel": {"enabled": True}, "subscription_update": {"enabled": True}}
    features["subscription_update"]["products"] = [{"prices": [found["max"]], "product": found["max_product"]}]  # type: ignore[assignment]
    features["subscription_update"]["default_allowed_updates"] = ["price"]  # type: ignore[assignment]
    found["configuration"] = call("POST", "/v1/billing_portal/configurations", {"features": features})["id"]
    found["event"] = call("GET", "/v1/events")["data"][0]["id"]
    assert {status for status, _ in world.seen} == {200, 402}
    return found


def session(world: World, **changes: Any) -> Any:
    params = {"mode": "payment", "success_url": "http://localhost/thanks", "line_items": [line()], **changes}
    return world.call("POST", "/v1/checkout/sessions", params)


def _asking(world: World, found: dict[str, str]) -> str:
    """A PaymentIntent that waits for its customer to pass 3-D Secure."""
    given = {"amount": 900, "currency": "usd", "customer": found["customer"], "confirm": True}
    given |= {"payment_method": "pm_card_authenticationRequired", "return_url": "http://localhost/back"}
    return str(world.call("POST", "/v1/payment_intents", given)["id"])


TAX = {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}


def _invoiced(world: World) -> dict[str, str]:
    """Two paid invoices of payments, a refund of the first and a credit note; an open session that works out tax."""
    placed = {"name": "Di", "address": {"country": "FR", "postal_code": "75001"}}
    found = {"placed": world.call("POST", "/v1/customers", placed)["id"], "taxed": session(world, **TAX)["id"]}
    for name in ("invoice", "other_invoice"):
        paid = world.do("pay", session=session(world, invoice_creation={"enabled": True})["id"])
        found[name], found[f"{name}_customer"] = paid["invoice"], paid["customer"]
        if name == "invoice":
            refund = {"payment_intent": paid["payment_intent"], "amount": 500}
            found["invoiced_refund"] = world.do("refund", **refund)["id"]
    note = {"invoice": found["other_invoice"], "amount": 100, "out_of_band_amount": 100}
    found["note"] = world.call("POST", "/v1/credit_notes", note)["id"]
    return found


def _members(world: World, found: dict[str, str]) -> dict[str, str]:
    """Subscriptions: one as usual, one with a schedule, one with a draft invoice, one with an unpaid one."""
    clock = world.call("POST", "/v1/test_helpers/test_clocks", {"frozen_time": NOW})["id"]
    made = {"clock": clock}
    for name in ("usual", "planned", "drafted", "unpaid"):
        under = {"test_clock": clock} if name in ("drafted", "unpaid") else {}
        customer = world.call("POST", "/v1/customers", {"email": f"{name}@example.com", **under})["id"]
        wanted = [{"price": found["plus"], "quantity": 1}]
        bought = session(world, mode="subscription", customer=customer, line_items=wanted)
        made[name] = world.do("pay", session=bought["id"])["subscription"]
        made[f"{name}_customer"] = customer
    usual = world.call("GET", f"/v1/subscriptions/{made['usual']}")
    made["item"], made["usual_method"] = usual["items"]["data"][0]["id"], usual["default_payment_method"]
    made["schedule"] = world.call("POST", "/v1/subscription_schedules", {"from_subscription": made["planned"]})["id"]
    token = {"customer": made["usual_customer"]}
    made["other_method"] = world.call("POST", "/v1/payment_methods/pm_card_amex/attach", token)["id"]
    world.do("fail-next-payment", subscription=made["unpaid"], times=5)
    end = usual["items"]["data"][0]["current_period_end"]
    world.call("POST", f"/v1/test_helpers/test_clocks/{clock}/advance", {"frozen_time": end + 1800})
    made["draft"] = world.call("GET", f"/v1/subscriptions/{made['drafted']}")["latest_invoice"]
    made["unpaid_item"] = world.call("GET", f"/v1/subscriptions/{made['unpaid']}")["items"]["data"][0]["id"]
    made["owed"] = world.call("GET", f"/v1/subscriptions/{made['unpaid']}")["latest_invoice"]
    world.call("POST", f"/v1/invoices/{made['owed']}/finalize")
    token = {"customer": made["drafted_customer"]}
    made["drafted_method"] = world.call("POST", "/v1/payment_methods/pm_card_visa/attach", token)["id"]
    token = {"customer": made["unpaid_customer"]}
    made["unpaid_method"] = world.call("POST", "/v1/payment_methods/pm_card_amex/attach", token)["id"]
    return made
