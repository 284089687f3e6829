"""Reconciliation of money in another currency: repaired by Stripe's figures, or named as open and left alone."""

import importlib

import pytest
from django.apps import apps

from stripe_sandbox import testing
from tokens.models import Dispute, Refund, StripeEvent
from tokens.reconciliation.run import reconcile
from tokens.testing.buying import buy
from tokens.testing.foreign_news import said
from tokens.testing.ledger_rows import assert_books_are_right, figures

pytestmark = pytest.mark.django_db


def report():
    run = reconcile()
    return run.repaired, run.unrepaired, run.report


def test_what_was_never_told_is_repaired_by_the_figures_that_news_would_have_had(alice, bought):
    made = testing.dispute(bought.stripe_payment_intent_id, amount=3680, currency="eur", settled="usd:4000")
    line = f"dispute {made['id']}: missing here, needs_response (of 3680 eur, 4000 usd taken, 0 given back) at Stripe"
    assert report() == (1, 0, f"{line}; repaired.")
    assert report() == (0, 0, "")
    assert figures(alice) == (0, 0, 0)
    assert_books_are_right()


def test_what_nothing_relates_is_said_to_be_open_in_every_run_until_staff_state_it(alice, bought):
    intent = bought.stripe_payment_intent_id
    testing.refund(intent, 1000)
    back = testing.refund(intent, 920, currency="eur", settled="eur:920")
    made = testing.dispute(intent, amount=1840, currency="eur", settled="eur:1840")
    reconcile()
    before = Dispute.objects.get().fetched_at
    for _ in range(2):
        repaired, open_ones, lines = report()
        assert (repaired, open_ones) == (0, 2)
        assert f"refund {back['id']}: needs amount here, in another currency at Stripe; not repaired: €9.20" in lines
        assert f"dispute {made['id']}: needs amount here" in lines
    assert Dispute.objects.get().fetched_at == before
    said(Dispute.objects.get(), "20.00")
    assert (report()[:2], figures(alice)) == ((0, 1), (125, 125, 0))


def test_rows_from_before_there_were_currencies_are_marked_by_kept_events_and_then_put_right(sandbox, alice, bob):
    """The 460 tokens that €36.80 on $40.00 once took."""
    for user in (alice, bob):
        intent = buy(sandbox, user).stripe_payment_intent_id
        testing.refund(intent, 400, currency="eur", settled="usd:435")
        testing.dispute(intent, amount=3280, currency="eur", settled="usd:3565")
    for event in testing.events_since(None):
        if event["type"] in ("charge.dispute.created", "refund.created"):
            sandbox.deliver(event)
    Dispute.objects.update(currency="", settled_currency="", settled_taken=0, settled_kept=0, withdrawn_cents=3280)
    Refund.objects.update(stripe_currency="", stripe_cents=None, amount_cents=400)
    StripeEvent.objects.filter(payload__data__object__payment_intent=intent).delete()  # bob's are kept no more
    importlib.import_module("tokens.migrations.0017_currencies_of_disputes").note_currencies(apps, None)
    assert list(Dispute.objects.order_by("pk").values_list("currency", "settled_currency", "settled_kept")) == [
        ("eur", "", 0),
        ("usd", "usd", 3280),
    ]
    assert list(Refund.objects.order_by("pk").values_list("stripe_currency", flat=True)) == ["eur", ""]
    assert report()[:2] == (4, 0)
    assert (figures(alice), figures(bob)) == ((0, 0, 0), (0, 0, 0))
    assert_books_are_right()
