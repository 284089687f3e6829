"""Disputes and refunds in another currency than the purchase's: related by Stripe's figures, or held; never compared."""

import random
from decimal import Decimal

import pytest

from soulfra.stripe_sandbox import testing
from tokens.errors import AlreadyStated, NotAnAmount, NothingUnclear, NotPermitted, NotRefundable
from tokens.models import Dispute, Mail, Purchase, Refund, StaffAct
from tokens.payments.reconcile import reconcile
from tokens.refunds import refund
from tokens.staff.acts import Why
from tokens.staff.stating import state
from tokens.tests.ledger_rows import assert_books_are_right
from tokens.tests.office import hire
from tokens.tests.races import at_once
from tokens.tests.test_disputes import deliver_disputes, figures
from tokens.tests.test_refunds import buy, news_of, spend_tokens_of

pytestmark = pytest.mark.django_db

EUROS = {"currency": "eur", "amount": 3680}
IN_EUROS_ALONE = {**EUROS, "settled": "eur:3680"}


@pytest.fixture
def bought(sandbox, alice):
    """A Pro Pack: 500 tokens for $40.00."""
    return buy(sandbox, alice)


def disputed(sandbox, purchase, *, seed=None, **how):
    opened = testing.dispute(purchase.stripe_payment_intent_id, **how)
    deliver_disputes(sandbox, purchase, seed=seed)
    return opened["id"]


def decided(sandbox, purchase, dispute, *, seed=None, **verdict):
    testing.close_dispute(dispute, **verdict)
    deliver_disputes(sandbox, purchase, seed=seed)


def refunded(sandbox, purchase, **how):
    testing.refund(purchase.stripe_payment_intent_id, **how)
    hear_of_refunds(sandbox, purchase)
    return Refund.objects.get()


def hear_of_refunds(sandbox, purchase, *, seed=None):
    events = news_of(purchase)
    if seed is not None:
        random.Random(seed).shuffle(events)
    assert {sandbox.deliver(event).status_code for event in [*events, *events]} == {200}


def counted(row):
    return row.withdrawn_cents, row.reinstated_cents, row.unclear


# --- disputes: settled in the purchase's currency ----------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_account_settles_in_dollars_so_the_dollars_count_whatever_the_order(sandbox, alice, bought, seed):
    dispute = disputed(sandbox, bought, seed=seed, **EUROS, settled="usd:4000")
    assert figures(alice) == (0, 0, 0)
    assert counted(Dispute.objects.get()) == (4000, 0, "")
    decided(sandbox, bought, dispute, seed=seed, won=True)
    assert figures(alice) == (500, 0, 500)
    assert_books_are_right()


def test_a_lost_one_gives_nothing_back(sandbox, alice, bought):
    dispute = disputed(sandbox, bought, **EUROS, settled="usd:4000")
    decided(sandbox, bought, dispute, won=False)
    assert figures(alice) == (0, 0, 0)
    assert_books_are_right()


def test_both_are_kept_what_stripe_said_and_what_counts(sandbox, bought):
    disputed(sandbox, bought, **EUROS, settled="usd:4000")
    row = Dispute.objects.get()
    assert (row.amount_cents, row.currency) == (3680, "eur")
    assert (row.settled_currency, row.settled_taken, row.settled_kept) == ("usd", 4000, 4000)
    assert row.withdrawn_cents == 4000


def test_a_part_in_euros_takes_the_part_that_was_settled(sandbox, alice, bought):
    disputed(sandbox, bought, currency="EUR", amount=920, settled="USD:1000")
    assert figures(alice) == (375, 375, 0)


def test_four_thousand_yen_are_not_forty_dollars(sandbox, alice, bought):
    disputed(sandbox, bought, currency="jpy", amount=4000, settled="usd:2720")
    assert figures(alice) == (160, 160, 0)
    assert_books_are_right()


def test_more_dollars_than_were_paid_are_the_whole(sandbox, alice, bought):
    dispute = disputed(sandbox, bought, **EUROS, settled="usd:4310")
    assert Dispute.objects.get().withdrawn_cents == 4000
    decided(sandbox, bought, dispute, won=True)
    assert figures(alice) == (500, 0, 500)


def test_all_the_euros_come_back_at_a_worse_rate_and_so_do_all_the_tokens(sandbox, alice, bought):
    dispute = disputed(sandbox, bought, **EUROS, settled="usd:4000")
    decided(sandbox, bought, dispute, won=True, settled="usd:3871")
    assert counted(Dispute.objects.get()) == (4000, 4000, "")
    assert figures(alice) == (500, 0, 500)


def test_half_the_euros_come_back_and_half_the_tokens(sandbox, alice, bought):
    dispute = disputed(sandbox, bought, **EUROS, settled="usd:4000")
    decided(sandbox, bought, dispute, won=True, reinstated=1840)
    assert figures(alice) == (250, 0, 250)
    assert_books_are_right()


def test_won_and_then_lost_on_appeal_takes_the_money_a_second_time():
    from tokens import foreign_money

    moves = [{"currency": "usd", "amount": cents} for cents in (-4000, 4000, -4000)]
    for nth, move in enumerate(moves):
        move["created"] = nth
    dispute = {"amount": 3680, "currency": "EUR", "balance_transactions": moves[::-1]}
    found = foreign_money.moved(Purchase(currency="usd", paid_cents=4000), dispute)
    assert (found.withdrawn, found.reinstated) == (4000, 0)


def test_a_fee_of_its_own_is_not_the_buyers_money():
    from tokens import foreign_money

    fee = {"currency": "usd", "amount": -1500, "type": "stripe_fee", "reporting_category": "fee"}
    moves = [{"currency": "usd", "amount": -1000, "fee": 1500, "net": -2500, "type": "adjustment"}, fee]
    dispute = {"amount": 920, "currency": "eur", "balance_transactions": moves}
    assert foreign_money.moved(Purchase(currency="usd", paid_cents=4000), dispute).withdrawn == 1000


def test_an_inquiry_in_euros_moves_nothing_until_it_is_a_dispute(sandbox, alice, bought):
    disputed(sandbox, bought, inquiry=True, **EUROS)
    assert figures(alice) == (500, 0, 500)
    disputed(sandbox, bought, settled="usd:4000")
    assert figures(alice) == (0, 0, 0)


# --- disputes: settled in a third currency ------------------------------------------------


def test_a_share_of_what_the_buyer_paid_in_euros_is_that_share_of_the_purchase(sandbox, alice, bought):
    testing.convert(bought.stripe_payment_intent_id, presented="eur:3680")
    disputed(sandbox, bought, currency="eur", amount=1840, settled="gbp:1575")
    assert figures(alice) == (250, 250, 0)


def test_all_that_the_buyer_paid_in_euros_is_the_whole_whatever_the_day_made_of_it(sandbox, alice, bought):
    testing.convert(bought.stripe_payment_intent_id, presented="eur:3680", settled="gbp:3150")
    dispute = disputed(sandbox, bought, **EUROS, settled="gbp:3011")
    assert figures(alice) == (0, 0, 0)
    decided(sandbox, bought, dispute, won=True, settled="gbp:2950")
    assert figures(alice) == (500, 0, 500)


def test_a_share_of_what_the_account_got_is_that_share_of_the_purchase(sandbox, alice, bought):
    testing.convert(bought.stripe_payment_intent_id, settled="gbp:3150")
    dispute = disputed(sandbox, bought, currency="eur", amount=1840, settled="gbp:1575")
    assert figures(alice) == (250, 250, 0)
    decided(sandbox, bought, dispute, won=True)
    assert figures(alice) == (500, 0, 500)
    assert_books_are_right()


def test_the_dispute_may_be_heard_of_before_the_payment(sandbox, alice):
    purchase = sandbox.buy(alice)
    intent = sandbox.pay(purchase)["payment_intent"]
    testing.convert(intent, presented="eur:3680")
    opened = testing.dispute(intent, currency="eur", amount=1840, settled="gbp:1575")
    for event in testing.events_of(opened["id"]):
        assert sandbox.deliver(event).status_code == 200
    sandbox.deliver(sandbox.event(purchase))
    assert figures(alice) == (250, 250, 0)
    assert_books_are_right()


# --- disputes: nothing relates them -------------------------------------------------------


def test_what_nothing_relates_is_held_for_staff_and_its_tokens_frozen(sandbox, alice, bought):
    disputed(sandbox, bought, **IN_EUROS_ALONE)
    assert figures(alice) == (500, 500, 0)
    row = Dispute.objects.get()
    assert (row.withdrawn_cents, row.settled_taken, row.settled_currency) == (0, 3680, "eur")
    assert row.unclear == (
        "€36.80 is disputed and €36.80 was taken for it. "
        "Stripe's figures do not say how much of the $40.00 paid that is."
    )
    assert_books_are_right()


def test_it_stays_held_when_it_is_lost_and_is_free_when_all_comes_back(sandbox, alice, bob, bought):
    lost = disputed(sandbox, bought, **IN_EUROS_ALONE)
    decided(sandbox, bought, lost, won=False)
    assert figures(alice) == (500, 500, 0)
    other = buy(sandbox, bob)
    won = disputed(sandbox, other, **IN_EUROS_ALONE)
    decided(sandbox, other, won, won=True)
    assert figures(bob) == (500, 0, 500)
    assert Dispute.objects.get(stripe_id=won).unclear == ""
    assert_books_are_right()


def test_reconciliation_says_that_it_is_open_and_leaves_it(sandbox, bought):
    dispute = disputed(sandbox, bought, **IN_EUROS_ALONE)
    before = Dispute.objects.get().fetched_at
    for run in (reconcile(), reconcile()):
        assert (run.repaired, run.unrepaired) == (0, 1)
        assert f"dispute {dispute}: held for staff here" in run.report
    assert Dispute.objects.get().fetched_at == before


def test_reconciliation_repairs_what_was_never_heard_of_by_the_same_figures(sandbox, alice, bought):
    testing.dispute(bought.stripe_payment_intent_id, **EUROS, settled="usd:4000")
    assert [reconcile().repaired, reconcile().repaired] == [1, 0]
    assert figures(alice) == (0, 0, 0)


# --- what staff state ---------------------------------------------------------------------


@pytest.fixture
def held(sandbox, bought):
    disputed(sandbox, bought, **IN_EUROS_ALONE)
    return Dispute.objects.get()


def said(row, amount, *, role="finance"):
    return state(row, amount=Decimal(amount), why=Why(hire(role), "By the bank's letter"))


def test_what_staff_state_counts_and_is_written_down(alice, held):
    row = said(held, "40.00")
    assert figures(alice) == (0, 0, 0)
    assert (*counted(row), row.stated_cents, row.stated_by.username) == (4000, 0, "", 4000, "finance")
    act = StaffAct.objects.get()
    assert (act.verb, act.user, act.subject) == ("state an amount", alice, f"$40.00 for dispute {held.stripe_id}")
    assert_books_are_right()


def test_what_was_stated_comes_back_by_the_share_that_comes_back(sandbox, alice, bought, held):
    said(held, "40.00")
    decided(sandbox, bought, held.stripe_id, won=True, reinstated=1840)
    assert figures(alice) == (250, 0, 250)
    assert_books_are_right()


def test_what_was_stated_and_spent_is_a_debt_and_comes_back_exactly(sandbox, alice, bought):
    spend_tokens_of(alice, 200)
    dispute = disputed(sandbox, bought, **IN_EUROS_ALONE)
    said(Dispute.objects.get(), "40.00")
    assert figures(alice) == (-200, 0, 0)
    decided(sandbox, bought, dispute, won=True)
    assert figures(alice) == (300, 0, 300)
    assert_books_are_right()


def test_news_after_it_changes_nothing_of_what_was_stated(sandbox, alice, bought, held):
    said(held, "20.00")
    deliver_disputes(sandbox, bought, seed=3)
    assert figures(alice) == (250, 250, 0)
    decided(sandbox, bought, held.stripe_id, won=False)
    assert figures(alice) == (250, 0, 250)
    assert reconcile().unrepaired == 0


def test_it_is_stated_once(held, alice):
    finance = hire("finance")
    for _ in range(2):
        state(held, amount=Decimal("20"), why=Why(finance, "By phone"))
    with pytest.raises(AlreadyStated, match=r"\$20.00"):
        state(held, amount=Decimal("40"), why=Why(finance, "By phone"))
    assert (StaffAct.objects.count(), figures(alice)) == (1, (250, 250, 0))


@pytest.mark.parametrize("amount", ["40.01", "-1", "1.005"])
def test_what_is_no_amount_of_the_purchase_is_refused(held, amount):
    with pytest.raises(NotAnAmount, match=r"from \$0.00 to \$40.00, in USD"):
        said(held, amount)


def test_support_may_not_state_it_and_nobody_what_is_clear(sandbox, bob, held):
    with pytest.raises(NotPermitted):
        said(held, "40.00", role="support")
    clear = disputed(sandbox, buy(sandbox, bob), **EUROS, settled="usd:4000")
    with pytest.raises(NothingUnclear):
        said(Dispute.objects.get(stripe_id=clear), "40.00")
    assert not StaffAct.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_who_state_it_at_once_state_it_once(sandbox, alice, held):
    finance = hire("finance")
    at_once(lambda _: state(held, amount=Decimal("20"), why=Why(finance, "By phone")))
    assert (StaffAct.objects.count(), figures(alice)) == (1, (250, 250, 0))
    assert_books_are_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_news_of_one_dispute_told_twice_at_once_takes_the_tokens_once(sandbox, alice, bought):
    opened = testing.dispute(bought.stripe_payment_intent_id, **EUROS, settled="usd:4000")
    event = testing.events_of(opened["id"])[0]
    answers = at_once(lambda _: sandbox.deliver(event).status_code)
    assert set(answers) == {200}
    assert figures(alice) == (0, 0, 0)
    assert_books_are_right()


# --- refunds ------------------------------------------------------------------------------


def test_a_refund_in_euros_counts_as_the_dollars_it_took_from_the_account(sandbox, alice, bought):
    row = refunded(sandbox, bought, **EUROS, settled="usd:4000")
    assert (row.amount_cents, row.stripe_cents, row.stripe_currency) == (4000, 3680, "eur")
    bought.refresh_from_db()
    assert (bought.status, figures(alice)) == ("refunded", (0, 0, 0))
    assert "€36.80" in Mail.objects.get(kind="refund").subject
    assert_books_are_right()


@pytest.mark.parametrize("seed", range(2))
def test_several_in_several_currencies_add_up_in_whatever_order_they_are_told(sandbox, alice, bought, seed):
    intent = bought.stripe_payment_intent_id
    testing.convert(intent, presented="eur:3680")
    testing.refund(intent, 1000)
    testing.refund(intent, 920, currency="eur", settled="usd:1010")
    testing.refund(intent, 920, currency="eur", settled="gbp:790")
    hear_of_refunds(sandbox, bought, seed=seed)
    assert sorted(Refund.objects.values_list("amount_cents", flat=True)) == [1000, 1000, 1010]
    assert figures(alice)[0] == 500 - 376
    assert_books_are_right()


def test_the_only_refund_of_a_charge_that_is_refunded_is_the_whole(sandbox, alice, bought):
    refunded(sandbox, bought, **IN_EUROS_ALONE)
    assert figures(alice) == (0, 0, 0)


@pytest.fixture
def unrelated(sandbox, bought):
    """Ten dollars, and then something in euros that nothing relates to them."""
    testing.refund(bought.stripe_payment_intent_id, 1000)
    testing.refund(bought.stripe_payment_intent_id, currency="eur", amount=920, settled="eur:920")
    hear_of_refunds(sandbox, bought)
    return Refund.objects.get(stripe_currency="eur")


def test_a_refund_that_nothing_relates_is_held_and_staff_state_it(alice, bought, unrelated):
    assert unrelated.unclear.startswith("€9.20 was refunded. Stripe's figures do not say")
    assert figures(alice) == (375, 375, 0)
    with pytest.raises(NotRefundable):
        refund(bought, amount_cents=100, reason="as agreed", by=None)
    said(unrelated, "10.00")
    assert figures(alice) == (250, 0, 250)
    assert Mail.objects.filter(kind="refund").count() == 2
    assert_books_are_right()


def test_a_held_refund_that_fails_waits_for_nobody(sandbox, alice, bought, unrelated):
    assert reconcile().unrepaired == 1
    testing.fail_refund(unrelated.stripe_id)
    hear_of_refunds(sandbox, bought, seed=1)
    assert figures(alice) == (375, 0, 375)
    assert reconcile().unrepaired == 0
    assert_books_are_right()


def test_a_refund_in_euros_that_fails_gives_back_what_it_took(sandbox, alice, bought):
    row = refunded(sandbox, bought, currency="eur", amount=920, settled="usd:1000")
    assert figures(alice)[0] == 375
    testing.fail_refund(row.stripe_id)
    hear_of_refunds(sandbox, bought)
    assert figures(alice) == (500, 0, 500)
    assert_books_are_right()
