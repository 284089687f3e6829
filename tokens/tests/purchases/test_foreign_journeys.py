"""Disputes and refunds in another currency than the purchase's, through Stripe's events: once, twice, in any order."""

from decimal import Decimal
from unittest import mock

import pytest

from stripe_sandbox import testing
from tokens.errors import NotPermitted, NotRefundable
from tokens.models import Dispute, Mail, Refund, StaffAct
from tokens.purchases import refunds
from tokens.purchases.refunds import refund
from tokens.reports.audit import audit
from tokens.staff.acts import Why
from tokens.staff.errors import AlreadyStated, NotAnAmount, NothingUnclear
from tokens.staff.stating import state
from tokens.stripe_api import gateway
from tokens.testing.buying import buy, spend_tokens_of
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.foreign_news import decided, disputed, given_back, hear_of_refunds, said
from tokens.testing.ledger_rows import assert_books_are_right, figures
from tokens.testing.office import hire
from tokens.testing.races import at_once
from tokens.testing.refund_news import events_about

pytestmark = pytest.mark.django_db


def counted(row):
    return row.withdrawn_cents, row.reinstated_cents, row.unclear


# --- related ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_the_account_settles_in_dollars_so_the_dollars_count_whatever_the_order(sandbox, alice, bought, seed):
    dispute = disputed(sandbox, bought, settled="usd:4000", seed=seed)
    assert figures(alice) == (0, 0, 0)
    row = Dispute.objects.get()
    assert (row.amount_cents, row.currency, *counted(row)) == (3680, "eur", 4000, 0, "")
    assert (row.settled_currency, row.settled_taken, row.settled_kept) == ("usd", 4000, 4000)
    decided(sandbox, bought, dispute, seed=seed, won=True, settled="usd:3871")
    assert figures(alice) == (500, 0, 500)
    assert "€36.80 of this payment is disputed" in Mail.objects.get(kind="dispute_frozen").text
    assert_books_are_right()


def test_a_lost_one_gives_nothing_back(sandbox, alice, bought):
    dispute = disputed(sandbox, bought, settled="usd:4000")
    decided(sandbox, bought, dispute, won=False)
    assert figures(alice) == (0, 0, 0)
    assert_books_are_right()


def test_an_inquiry_in_yen_moves_nothing_until_it_is_a_dispute(sandbox, alice, bought):
    testing.dispute(bought.stripe_payment_intent_id, inquiry=True, amount=4000, currency="jpy")
    deliver_disputes(sandbox, bought)
    assert figures(alice) == (500, 0, 500)
    testing.dispute(bought.stripe_payment_intent_id, settled="usd:2720")
    deliver_disputes(sandbox, bought)
    assert figures(alice) == (160, 160, 0)


def test_the_dispute_may_be_heard_of_before_the_payment(sandbox, alice):
    purchase = sandbox.buy(alice)
    intent = sandbox.pay(purchase)["payment_intent"]
    testing.convert(intent, presented="eur:3680", settled="gbp:3150")
    opened = testing.dispute(intent, amount=1840, currency="eur", settled="gbp:1400")
    for event in testing.events_of(opened["id"]):
        assert sandbox.deliver(event).status_code == 200
    sandbox.deliver(sandbox.event(purchase))
    assert figures(alice) == (250, 250, 0)
    assert_books_are_right()


@pytest.mark.parametrize("seed", range(2))
def test_refunds_in_several_currencies_add_up_in_whatever_order_they_are_told(sandbox, alice, bought, seed):
    intent = bought.stripe_payment_intent_id
    testing.convert(intent, presented="eur:3680")
    testing.refund(intent, 1000)
    testing.refund(intent, 920, currency="eur", settled="usd:1010")
    testing.refund(intent, 920, currency="eur", settled="gbp:790")
    hear_of_refunds(sandbox, bought, seed=seed)
    assert sorted(Refund.objects.values_list("amount_cents", flat=True)) == [1000, 1000, 1010]
    assert figures(alice)[0] == 500 - 376
    assert_books_are_right()


def test_news_of_the_charge_asks_for_it_once_however_many_refunds_it_tells_of(sandbox, bought, monkeypatch):
    testing.convert(bought.stripe_payment_intent_id, presented="eur:3680")
    for settled in ("usd:1010", "gbp:790", "usd:1000"):
        testing.refund(bought.stripe_payment_intent_id, 920, currency="eur", settled=settled)
    asked = mock.Mock(wraps=gateway.retrieve_charge)
    monkeypatch.setattr(gateway, "retrieve_charge", asked)
    told = [event for event in events_about(bought) if event["type"] == "charge.refunded"][-1]
    assert sandbox.deliver(told).status_code == 200
    assert (asked.call_count, Refund.objects.count()) == (1, 3)


def test_a_refund_in_euros_counts_as_its_dollars_and_gives_back_what_it_took_if_it_fails(sandbox, alice, bought):
    row = given_back(sandbox, bought, 3680, settled="usd:4000")
    assert (row.amount_cents, row.stripe_cents, row.stripe_currency) == (4000, 3680, "eur")
    bought.refresh_from_db()
    assert (bought.status, figures(alice)) == ("refunded", (0, 0, 0))
    assert "€36.80" in Mail.objects.get(kind="refund").subject
    testing.fail_refund(row.stripe_id)
    hear_of_refunds(sandbox, bought, seed=1)
    assert figures(alice) == (500, 0, 500)
    assert_books_are_right()


def test_a_refund_of_ours_that_stripe_answers_in_euros_counts_as_its_dollars_once(sandbox, alice, bought):
    row = refunds.request(bought, amount_cents=1100, reason="as agreed", by=None)
    movement = {"currency": "usd", "amount": -1000}
    answer = {"id": "re_euros", "amount": 920, "currency": "eur", "status": "succeeded", "charge": "ch_unknown"}
    for _ in range(2):
        refunds.record_refund(
            bought, {**answer, "metadata": {"refund_key": str(row.key)}, "balance_transaction": movement}
        )
    row = Refund.objects.get()
    assert (row.amount_cents, row.stripe_cents, figures(alice)) == (1000, 920, (375, 0, 375))
    assert_books_are_right()


# --- needs amount -------------------------------------------------------------------------


def test_what_nothing_relates_is_held_with_its_tokens_frozen_also_when_it_is_lost(sandbox, alice, bought):
    dispute = disputed(sandbox, bought)
    for _ in range(2):
        assert figures(alice) == (500, 500, 0)
        row = Dispute.objects.get()
        assert counted(row)[:2] == (0, 0)
        assert row.unclear.endswith("Stripe's figures do not say how much of the $40.00 paid that is.")
        decided(sandbox, bought, dispute, won=False) if row.status == "needs_response" else None
    assert_books_are_right()


def test_it_is_free_again_when_all_of_it_came_back(sandbox, alice, bought):
    decided(sandbox, bought, disputed(sandbox, bought), won=True)
    assert figures(alice) == (500, 0, 500)
    assert counted(Dispute.objects.get()) == (0, 0, "")
    assert_books_are_right()


def test_a_held_refund_blocks_others_until_staff_state_it_and_then_is_told(sandbox, alice, bought):
    testing.refund(bought.stripe_payment_intent_id, 1000)
    row = given_back(sandbox, bought, 920, settled="eur:920")
    assert row.unclear.startswith("€9.20 was refunded. Stripe's figures do not say")
    assert figures(alice) == (375, 375, 0)
    with pytest.raises(NotRefundable):
        refund(bought, amount_cents=100, reason="as agreed", by=None)
    assert Mail.objects.filter(kind="refund").count() == 1
    said(row, "10.00")
    assert figures(alice) == (250, 0, 250)
    assert Mail.objects.filter(kind="refund").count() == 2
    assert_books_are_right()


def test_a_held_refund_that_fails_waits_for_nobody(sandbox, alice, bought):
    testing.refund(bought.stripe_payment_intent_id, 1000)
    row = given_back(sandbox, bought, 920, settled="eur:920")
    testing.fail_refund(row.stripe_id)
    hear_of_refunds(sandbox, bought, seed=1)
    assert figures(alice) == (375, 0, 375)
    assert_books_are_right()


@pytest.mark.breaks_the_books
def test_the_audit_names_what_neither_counts_nor_waits(sandbox, bought):
    testing.refund(bought.stripe_payment_intent_id, 1000)
    row = given_back(sandbox, bought, 8, currency="chf", settled="chf:8")
    dispute = disputed(sandbox, bought)
    Dispute.objects.update(unclear="")
    Refund.objects.update(unclear="")
    assert [finding for finding in audit() if "another currency" in finding] == [
        f"The dispute {dispute} (needs_response) is in another currency, and neither counts nor needs an amount.",
        f"The refund {row.pk} of 0 (succeeded) is in another currency, and neither counts nor needs an amount.",
    ]


# --- stated by staff ----------------------------------------------------------------------


@pytest.fixture
def held(sandbox, bought):
    disputed(sandbox, bought)
    return Dispute.objects.get()


def test_what_staff_state_counts_is_written_down_and_stays(sandbox, alice, bought, held):
    row = said(held, "20.00")
    assert (*counted(row), row.stated_cents, row.stated_by.username) == (2000, 0, "", 2000, "finance")
    act = StaffAct.objects.get()
    assert (act.verb, act.user, act.subject) == ("state an amount", alice, f"$20.00 for dispute {held.stripe_id}")
    deliver_disputes(sandbox, bought, seed=3)
    assert figures(alice) == (250, 250, 0)
    decided(sandbox, bought, held.stripe_id, won=False)
    assert figures(alice) == (250, 0, 250)
    assert_books_are_right()


def test_what_was_stated_and_spent_is_a_debt_and_comes_back_by_the_share_that_comes_back(sandbox, alice, bought):
    spend_tokens_of(alice, 200)
    dispute = disputed(sandbox, bought)
    said(Dispute.objects.get(), "40.00")
    assert figures(alice) == (-200, 0, 0)
    decided(sandbox, bought, dispute, won=True, reinstated=1840)
    assert figures(alice) == (50, 0, 50)
    assert_books_are_right()


def test_it_is_stated_once_and_only_as_an_amount_of_the_purchase(held, alice):
    why = Why(hire("finance"), "By phone")
    for amount in ("40.01", "-1", "1.005"):
        with pytest.raises(NotAnAmount, match=r"from \$0.00 to \$40.00, in USD"):
            state(held, amount=Decimal(amount), why=why)
    for _ in range(2):
        state(held, amount=Decimal("20"), why=why)
    with pytest.raises(AlreadyStated, match=r"\$20.00"):
        state(held, amount=Decimal("40"), why=why)
    assert (StaffAct.objects.count(), figures(alice)) == (1, (250, 250, 0))


def test_support_may_not_state_it_and_nobody_what_is_clear(sandbox, bob, held):
    with pytest.raises(NotPermitted):
        said(held, "40.00", role="support")
    clear = disputed(sandbox, buy(sandbox, bob), settled="usd:4000")
    with pytest.raises(NothingUnclear):
        said(Dispute.objects.get(stripe_id=clear), "40.00")
    assert not StaffAct.objects.exists()


# --- two at once --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_who_state_it_at_once_state_it_once(sandbox, alice, held):
    why = Why(hire("finance"), "By phone")
    at_once(lambda _: state(held, amount=Decimal("20"), why=why))
    assert (StaffAct.objects.count(), figures(alice)) == (1, (250, 250, 0))
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_news_of_a_dispute_and_a_statement_of_it_at_once_take_the_tokens_once(sandbox, alice, bought, held):
    why, events = Why(hire("finance"), "By phone"), testing.events_of(held.stripe_id)
    acts = [lambda: state(held, amount=Decimal("20"), why=why), lambda: sandbox.deliver(events[-1])]
    at_once(lambda nth: acts[nth % 2]())
    assert figures(alice) == (250, 250, 0)
    assert_books_are_right()
