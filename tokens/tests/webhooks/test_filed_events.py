"""Every verified event is filed, whatever its text holds and whoever's it is; 500 is for what can still be done."""

import json
from typing import Any

import pytest

from stripe_sandbox import testing
from tokens.errors import NotOurs
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase, StripeEvent
from tokens.reconciliation.run import reconcile
from tokens.stripe_api import gateway
from tokens.stripe_api.lookups import purchase_behind
from tokens.testing.office import hire, page
from tokens.webhooks import inbox

pytestmark = pytest.mark.django_db
EVENT = {"id": "evt_1", "object": "event", "api_version": "2026-10-28.endive", "created": 1796000000, "livemode": False}


def event_of(type="product.created", object=None, **fields):
    return {**EVENT, "type": type, "data": {"object": object if object is not None else {}}, **fields}


def post(sandbox, body):
    return sandbox.post(body.encode(), testing.signature(body.encode()))


ODD = {
    "NUL": r'"a\u0000b"',
    "lone surrogate": r'"\ud800"',
    "NaN": "NaN",
    "infinite": "-Infinity",
    "too large": "1e400",
    "5,000 digits": "9" * 5000,
    "3,000 deep": "[" * 3000 + "]" * 3000,
    "3,000 deep with NUL": '{"a":' * 3000 + r'"\u0000"' + "}" * 3000,
    "the mark": '"escaped:1"',
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("type", ["product.created", "payment_intent.created", "refund.created", "invoice.paid"])
def test_an_event_with_any_content_is_filed_and_shown_to_staff(sandbox, client, odd, type):
    body = json.dumps(event_of(type, {"odd": "ODD"})).replace('"ODD"', odd)
    assert [post(sandbox, body).status_code for _ in range(2)] == [200, 200]
    stored = StripeEvent.objects.get(stripe_id="evt_1")
    assert (stored.status, stored.attempts) == ("done" if type in ODD_TYPES else "not_ours", 1)
    client.force_login(hire("support"))
    shown = client.get(page("tokens_stripeevent", "change", stored.pk))
    assert (shown.status_code, "escaped:" in shown.content.decode()) == (200, True)


ODD_TYPES = ("product.created", "payment_intent.created")  # nobody here acts on these


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_payment_is_credited_whatever_else_its_event_holds(sandbox, alice, odd):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    event = sandbox.event(purchase)
    event["data"]["object"]["odd"] = "ODD"
    assert post(sandbox, json.dumps(event).replace('"ODD"', odd)).status_code == 200
    assert get_token_balance(alice.pk) == 500


@pytest.mark.parametrize("length", [255, 256, 5000, 100_000])
def test_ids_and_types_of_any_length_are_filed_and_told_apart(sandbox, length):
    ids = [f"evt_{letter}".rjust(length, "x") for letter in "ab"]
    for id in ids * 2:
        event = event_of(id + ".created", id=id, api_version="v" * length)
        assert sandbox.deliver(event).status_code == 200
    assert sorted(event.payload["id"] for event in StripeEvent.objects.all()) == ids


@pytest.mark.parametrize("length", [256, 5000])
def test_a_payment_in_an_event_with_a_long_id_is_credited_once(sandbox, alice, length):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    event = {**sandbox.event(purchase), "id": "evt_".ljust(length, "x")}
    assert [sandbox.deliver(event).status_code for _ in range(2)] == [200, 200]
    assert get_token_balance(alice.pk) == 500


@pytest.mark.parametrize("field", ["id", "type", "api_version", "request"])
@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_the_events_own_fields_may_hold_anything(sandbox, field, text):
    assert sandbox.deliver(event_of(**{field: text})).status_code == 200
    assert StripeEvent.objects.get().payload[field] == "escaped:" + json.dumps(text)


@pytest.mark.parametrize("version", [None, 7, [], {"a": 1}, True])
def test_a_version_that_is_no_text_is_filed_all_the_same(sandbox, version):
    assert sandbox.deliver(event_of(api_version=version)).status_code == 200
    assert StripeEvent.objects.get().payload["api_version"] == version


@pytest.mark.parametrize(
    "body",
    [
        b'{"object": "event", "id": "", "type": "x", "livemode": false, "data": {"object": {}}}',
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": false, "data": [1]}',
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": false, "data": 5}',
        b'{"object": "event", "id": "evt_1", "type": "x", "livemode": false, "data": {"object": [1]}}',
        b'{"object": "event", "id": NaN, "type": [], "livemode": false, "data": {"object": {}}}'.replace(
            b"NaN", b"[1]"
        ),
        b"[" * 3000,
        b"[" * 3000 + b"]" * 3000,
        b"NaN",
        b"9" * 5000,
        b'"\\ud800"',
        b'{"object": "event", "id": "evt_\x00"}',
        b'{"object": "event", "id": "\xed\xa0\x80"}',
    ],
)
def test_what_is_signed_but_no_event_is_refused_in_a_sentence(sandbox, body):
    response = sandbox.post(body, testing.signature(body))
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["detail"].endswith(".")
    assert not StripeEvent.objects.exists()


def test_a_thin_event_is_refused_with_what_to_set(sandbox):
    response = sandbox.deliver({**EVENT, "object": "v2.core.event", "type": "v1.checkout.session.completed"})
    assert response.status_code == 400
    assert "set the payload style of the event destination to snapshot" in response.json()["detail"]


STRANGERS: dict[str, list[Any]] = {
    "checkout.session.completed": [
        {},
        {"id": "cs_1", "mode": "payment"},
        {"id": "cs_1", "metadata": None},
        {"id": "cs_1", "metadata": {"purchase_key": ""}, "mode": "subscription", "subscription": "sub_1"},
        {"id": "cs_1", "metadata": "hat"},
        {"id": "cs_1", "metadata": {"purchase_key": "hat-7"}, "mode": "payment", "status": "complete"},
        {"id": "cs_1", "metadata": {"purchase_key": "hat-7"}, "mode": "subscription", "subscription": "sub_1"},
        {"id": "cs_1", "metadata": ["purchase_key"]},
    ],
    "checkout.session.async_payment_failed": [{}, {"id": "cs_1", "metadata": {"purchase_key": 7}}],
    "checkout.session.expired": [{}, {"id": "cs_1", "metadata": {"purchase_key": "7"}}],
    "refund.created": [
        {},
        {"id": "re_1", "payment_intent": None, "charge": "ch_1"},
        {"id": "re_1", "payment_intent": "pi_unknown"},
        {"id": "re_1", "payment_intent": {"id": "pi_unknown"}},
        {"id": "re_1", "payment_intent": 7},
        {"id": "re_1", "payment_intent": "pi_\0"},
        {"id": "re_1", "payment_intent": "pi_\ud800"},
        {"id": "re_1", "payment_intent": "p" * 5000},
        {"id": "re_1", "payment_intent": "../v1/charges"},
    ],
    "charge.refunded": [{}, {"id": "ch_1"}, {"id": "ch_1", "payment_intent": "pi_unknown"}],
    "charge.dispute.created": [{}, {"id": "du_1"}, {"id": "du_1", "payment_intent": "pi_unknown"}],
    "radar.early_fraud_warning.created": [{}, {"id": "issfr_1", "charge": "ch_1"}],
    "customer.subscription.updated": [
        {},
        {"id": "sub_1"},
        {"id": "sub_1", "customer": "cus_other", "items": {"data": []}},
        {"id": "sub_1", "customer": {"id": "cus_other"}},
        {"id": ["sub_1"], "customer": 5},
        {"id": "sub_1", "customer": None, "metadata": {"purchase_key": "hat-7"}},
    ],
    "subscription_schedule.updated": [{}, {"id": "sub_sched_1"}, {"subscription": "sub_1", "customer": "cus_other"}],
    "invoice.paid": [
        {},
        {"id": "in_1", "parent": None},
        {"id": "in_1", "parent": "quote"},
        {"id": "in_1", "parent": {"subscription_details": None}},
        {"id": "in_1", "parent": {"subscription_details": {"subscription": "sub_1"}}, "customer": "cus_other"},
        {"id": "in_1", "parent": {"subscription_details": {"subscription": "sub_1"}}, "lines": {"data": [{}]}},
    ],
}


@pytest.mark.parametrize(
    ("type", "object"), [(type, object) for type, objects in STRANGERS.items() for object in objects]
)
def test_what_is_not_this_shops_is_filed_as_that(sandbox, alice, type, object):
    sandbox.buy(alice)  # so that this shop has a purchase and a Customer
    assert sandbox.deliver(event_of(type, object)).status_code == 200
    stored = StripeEvent.objects.get()
    assert (stored.status, stored.last_error, stored.next_try_at) == ("not_ours", "", None)
    assert Purchase.objects.get().status == "pending"


@pytest.mark.parametrize("account", ["acct_1", 7, {"id": "acct_1"}])
@pytest.mark.parametrize("type", ["checkout.session.completed", "product.created"])
def test_an_event_of_another_account_is_not_ours_whatever_it_points_to(sandbox, alice, account, type):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    assert sandbox.deliver({**sandbox.event(purchase), "type": type, "account": account}).status_code == 200
    assert (StripeEvent.objects.get().status, get_token_balance(alice.pk)) == ("not_ours", 0)


def test_an_event_of_ours_that_cannot_be_worked_is_kept_and_tried_again(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    whole = sandbox.event(purchase)
    event = json.loads(json.dumps(whole))
    del event["data"]["object"]["mode"]
    assert sandbox.deliver(event).status_code == 500
    assert StripeEvent.objects.get().status == "failed"
    StripeEvent.objects.update(next_try_at="2026-01-01T00:00Z")
    assert inbox.work_due() == 0
    reconcile()
    assert get_token_balance(alice.pk) == 500


def test_a_refund_that_points_to_a_purchase_this_database_lacks_is_kept_for_staff(sandbox, alice):
    purchase = sandbox.buy(alice)
    session = sandbox.pay(purchase)
    refund = testing.refund(session["payment_intent"], 100)
    Purchase.objects.update(key="00000000-0000-4000-8000-000000000000")
    assert sandbox.deliver(event_of("refund.created", refund)).status_code == 500
    assert StripeEvent.objects.get().last_error.startswith("UnknownPurchase")


def test_an_error_that_quotes_what_no_database_keeps_is_kept_too(sandbox, monkeypatch):
    def fall_over(subject):
        raise RuntimeError("a\0b\ud800")

    monkeypatch.setitem(inbox._handlers, "refund.created", [(fall_over, None)])
    # Half a surrogate in a captured line could not be told to the process that collects what tests print.
    monkeypatch.setattr(inbox.log, "propagate", False)
    assert sandbox.deliver(event_of("refund.created")).status_code == 500
    assert StripeEvent.objects.get().last_error == r"RuntimeError: a\u0000b\ud800"


def test_staff_see_what_is_not_ours_and_may_have_it_worked_again(sandbox, client, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    event = {**sandbox.event(purchase), "account": "acct_1"}
    sandbox.deliver(event)
    client.force_login(hire("support"))
    listed = client.get(page("tokens_stripeevent", "changelist") + "?status__exact=not_ours").content.decode()
    assert (event["id"] in listed, "Not ours" in listed) == (True, True)
    stored = StripeEvent.objects.get()
    assert inbox.work(stored).status == "not_ours"
    del stored.payload["account"]
    stored.save()
    assert inbox.work(stored).status == "done"
    assert get_token_balance(alice.pk) == 500


def test_an_undelivered_event_with_a_long_id_is_compared_as_it_is_filed(sandbox, alice):
    from tokens.reconciliation.events import _undone

    event = event_of("refund.created", id="evt_".ljust(300, "x"))
    sandbox.deliver(event)
    assert _undone([event]) == []


def test_what_another_shop_wrote_as_its_pointer_is_not_ours(sandbox, bought, monkeypatch):
    monkeypatch.setattr(gateway, "metadata_of_payment_intent", lambda _: {"purchase_key": "hat-7"})
    with pytest.raises(NotOurs):
        purchase_behind({"payment_intent": "pi_of_another_shop"})
    session = {"id": "cs_1", "object": "checkout.session", "metadata": {"purchase_key": "hat-7"}, "mode": "payment"}
    event = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": False}
    assert sandbox.deliver({**event, "data": {"object": session}}).status_code == 200
    assert StripeEvent.objects.get(stripe_id="evt_1").status == "not_ours"


def test_a_fault_before_the_work_is_kept_and_tried_later(sandbox, bought, monkeypatch):
    monkeypatch.setattr(gateway, "list_refunds", lambda _: 1 / 0)
    testing.refund(bought.stripe_payment_intent_id, 100)
    event = next(event for event in testing.events_since(None)[::-1] if event["type"] == "charge.refunded")
    assert sandbox.deliver(event).status_code == 500
    row = StripeEvent.objects.get(stripe_id=event["id"])
    assert (row.status, row.attempts, row.last_error) == ("failed", 1, "ZeroDivisionError: division by zero")
