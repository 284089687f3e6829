"""What Stripe's figures say of money in another currency, figure by figure. No database, no Stripe."""

from typing import Any

import pytest

from tokens.models import Purchase
from tokens.stripe_api import foreign_money
from tokens.stripe_api.foreign_money import Withdrawal

pytestmark = pytest.mark.django_db
FORTY_DOLLARS = Purchase(currency="usd", paid_cents=4000)
UNKNOWN = "Stripe's figures do not say how much of the $40.00 paid that is."


def moves(*amounts, rates=(), **fields):
    """Balance transactions as ("usd", -4000), in the order of time, listed newest first."""
    found = [{"currency": currency, "amount": amount, **fields} for currency, amount in amounts]
    for nth, move in enumerate(found):
        move |= {"created": nth} | ({"exchange_rate": rates[nth]} if rates else {})
    return found[::-1]


def dispute(amount, currency, *amounts, charge: Any = "ch_1", **more):
    money = {"amount": amount, "currency": currency, "charge": charge}
    return foreign_money.withdrawal_of(FORTY_DOLLARS, {**money, "balance_transactions": moves(*amounts, **more)})


def charge(*, seen=None, settled=None, refunded=False, refunds=(), **more):
    shown = {"presentment_amount": seen[1], "presentment_currency": seen[0]} if seen else None
    movement = {"currency": settled[0], "amount": settled[1]} if settled else "txn_1"
    listed = {"data": [{"id": id, "status": status} for id, status in refunds], "has_more": False}
    whole = {"amount": 4000, "currency": "usd", "refunded": refunded, "refunds": listed} | more
    return whole | {"presentment_details": shown, "balance_transaction": movement}


SEEN, SETTLED = charge(seen=("eur", 3680)), charge(settled=("gbp", 3150))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (dispute(3680, "eur"), Withdrawal()),
        (dispute(3680, "eur", ("usd", -4000)), Withdrawal(4000, 0)),
        (dispute(3680, "EUR", ("USD", -4000)), Withdrawal(4000, 0)),
        (dispute(3680, "eur", ("usd", -4000), ("usd", 4000)), Withdrawal(4000, 4000)),
        (dispute(920, "eur", ("usd", -1000)), Withdrawal(1000, 0)),
        (dispute(3680, "eur", ("usd", -4310)), Withdrawal(4000, 0)),
        (dispute(4000, "jpy", ("usd", -2720)), Withdrawal(2720, 0)),
        (dispute(12300, "kwd", ("usd", -4000)), Withdrawal(4000, 0)),
        (dispute(4000, "usd", ("usd", -4000), ("usd", 1000)), Withdrawal(4000, 1000)),
    ],
)
def test_where_the_account_settles_in_the_purchases_currency_that_counts(found, expected):
    assert found == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (dispute(1840, "eur", ("gbp", -1400), charge=SEEN), Withdrawal(2000, 0)),
        (dispute(1840, "eur", ("gbp", -1575), charge=SETTLED), Withdrawal(2000, 0)),
        (dispute(1840, "eur", ("gbp", -1575), ("gbp", 1575), charge=SETTLED), Withdrawal(2000, 2000)),
        (dispute(3680, "eur", ("gbp", -9999), charge=SETTLED), Withdrawal(4000, 0)),
        (dispute(1840, "eur", ("eur", -1840), charge=charge(amount=3680, currency="eur")), Withdrawal(2000, 0)),
        (dispute(1, "eur", ("eur", -1), charge=SEEN), Withdrawal(1, 0)),
    ],
)
def test_a_share_of_what_the_whole_came_to_is_that_share_of_the_purchase_half_up(found, expected):
    assert found == expected


@pytest.mark.parametrize("settled", [("usd", -3890), ("gbp", -2900), ("eur", -3680)])
def test_the_whole_in_the_buyers_currency_is_the_whole_whatever_the_days_rate(settled):
    assert dispute(3680, "eur", settled, charge=SEEN) == Withdrawal(4000, 0)
    assert dispute(3680, "eur", settled, (settled[0], -settled[1]), charge=SEEN) == Withdrawal(4000, 4000)


def test_all_that_the_bank_gives_back_is_all_though_the_account_gets_less():
    won = dispute(3680, "eur", ("usd", -4000), ("usd", 3871), rates=(1.086957, 1.051902))
    assert won == Withdrawal(4000, 4000)
    half = dispute(3680, "eur", ("usd", -4000), ("usd", 1935), rates=(1.086957, 1.051902))
    assert half == Withdrawal(4000, 1935)
    half = dispute(3680, "eur", ("gbp", -3150), ("gbp", 1500), rates=(0.855978, 0.815217), charge=SEEN)
    assert half == Withdrawal(4000, 2000)


def test_money_that_is_taken_given_back_and_taken_again_is_gone():
    assert dispute(3680, "eur", ("usd", -4000), ("usd", 4000), ("usd", -4000)) == Withdrawal(4000, 0)
    assert dispute(4000, "usd", ("usd", -4000), ("usd", 4000), ("usd", -4000)) == Withdrawal(4000, 0)


def test_fees_never_count():
    fee = ("usd", -1500)
    assert dispute(920, "eur", ("usd", -1000), fee=1500, net=-2500) == Withdrawal(1000, 0)
    said = {"amount": 920, "currency": "eur", "balance_transactions": moves(fee, type="stripe_fee")}
    assert foreign_money.withdrawal_of(FORTY_DOLLARS, said) == Withdrawal()


@pytest.mark.parametrize("known", ["ch_1", charge(), charge(seen=("chf", 3500), settled=("sek", 40000))])
def test_what_nothing_relates_is_unclear_until_all_of_it_is_back(known):
    taken = dispute(3680, "eur", ("gbp", -3150), charge=known)
    assert taken == Withdrawal(unclear=f"€36.80 is disputed and £31.50 was taken for it. {UNKNOWN}")
    assert dispute(3680, "eur", ("gbp", -3150), ("gbp", 100), charge=known).unclear
    assert dispute(3680, "eur", ("gbp", -3150), ("gbp", 3150), charge=known) == Withdrawal()


def test_money_in_several_currencies_is_not_added_up():
    for currency in ("eur", "usd"):
        assert "money in several currencies" in dispute(3680, currency, ("usd", -4000), ("eur", 3680)).unclear


def test_the_euros_of_a_purchase_in_euros_need_no_other_figure():
    bought = Purchase(currency="eur", paid_cents=4000)
    said = {"amount": 4000, "currency": "eur", "balance_transactions": moves(("usd", -4400), ("usd", 2200))}
    assert foreign_money.withdrawal_of(bought, said) == Withdrawal(4000, 2000)


def refund(amount, currency, settled=None, seen=None, charge: Any = "ch_1"):
    movement = {"currency": settled[0], "amount": settled[1]} if settled else "txn_2"
    shown = {"presentment_amount": seen[1], "presentment_currency": seen[0]} if seen else None
    said = {"id": "re_1", "amount": amount, "currency": currency, "charge": charge}
    return foreign_money.refunded(
        FORTY_DOLLARS, {**said, "balance_transaction": movement, "presentment_details": shown}
    )


ALONE = charge(refunded=True, refunds=[("re_1", "succeeded"), ("re_2", "failed")])
ONE_OF_TWO = charge(refunded=True, refunds=[("re_1", "succeeded"), ("re_2", "pending")])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (refund(1000, "usd"), 1000),
        (refund(3680, "eur", ("usd", -4000)), 4000),
        (refund(920, "EUR", ("USD", -1010)), 1010),
        (refund(920, "eur", ("gbp", -790), seen=("usd", 1000)), 1000),
        (refund(1840, "eur", ("gbp", -1400), charge=SEEN), 2000),
        (refund(1840, "eur", ("gbp", -1575), charge=SETTLED), 2000),
        (refund(3680, "eur", ("usd", -3890), charge=SEEN), 4000),
        (refund(4000, "jpy", ("usd", -2720)), 2720),
        (refund(3680, "eur", ("chf", -3500), charge=ALONE), 4000),
        (refund(3680, "eur", ("chf", -3500), charge=ONE_OF_TWO), None),
        (refund(3680, "eur", ("chf", -3500)), None),
        (refund(3680, "eur"), None),
    ],
)
def test_a_refund_is_related_in_the_same_ways_and_the_only_one_of_a_refunded_charge_is_the_whole(found, expected):
    assert found == expected


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ([("usd", -4400)], (4000, 0)),
        ([("usd", -4400), ("usd", 4500)], (4000, 4000)),
        ([("usd", -4400), ("usd", 2200)], (4000, 2000)),
        ([("eur", -4000), ("eur", 4000)], (4000, 4000)),
        ([("eur", -5500)], (4000, 0)),
        ([], (0, 0)),
    ],
)
def test_dispute_money_is_read_in_the_currency_of_the_purchase(moved, expected):
    transactions = [{"currency": currency, "amount": amount} for currency, amount in moved]
    dispute = {"amount": 4000, "currency": "eur", "balance_transactions": transactions}
    found = foreign_money.withdrawal_of(Purchase(currency="eur", paid_cents=4000), dispute)
    assert (found.withdrawn, found.reinstated, found.unclear) == (*expected, "")
