"""A crossing of the threshold is one purchase, charged once, within the limit; and what goes wrong charges nothing."""

from typing import Any

import pytest

from stripe_sandbox import testing
from tokens.emails import outbox
from tokens.errors import StripeUnreachable
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, Mail, Purchase, SavedCard, TokenPackage, TopUp
from tokens.purchases import refunds
from tokens.staff import stopping
from tokens.staff.acts import Why
from tokens.stripe_api import saved_cards
from tokens.testing.buying import buy
from tokens.testing.topping_up import agree, paid, save_card, spend_to, turn_on, work
from tokens.top_up import charging, deciding, settling, switching
from tokens.top_up.consent import Terms

ASKS, REFUSED = "4000002760003184", "4000000000000341"
pytestmark = pytest.mark.django_db


def told(user):
    return list(Mail.objects.filter(user=user, kind__startswith="top_up").order_by("pk").values_list("kind", flat=True))


def why_off(user):
    return AutoTopUp.objects.get(user=user).off_reason


def use_up(user, *, times=1):
    """Spend all there is, and let the worker do what is due then."""
    for _ in range(times):
        if read_wallet(user.pk).available:
            spend_to(user, 0)
        work()


@pytest.fixture
def on(sandbox, alice):
    """alice has 500 tokens, and below 20 she buys the Starter Pack for $10, at most $30 a month."""
    buy(sandbox, alice)
    return turn_on(alice)


def test_a_balance_below_the_threshold_buys_one_pack(alice, on):
    work()
    assert paid(alice) == []
    spend_to(alice, 20)
    work()
    assert paid(alice) == []  # not fewer than 20
    spend_to(alice, 19)
    work()
    work()
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 119
    purchase = Purchase.objects.get(top_up__user=alice)
    assert (purchase.status, purchase.description, purchase.paid_cents) == (
        "completed",
        "Automatic top-up: Starter Pack",
        1000,
    )
    outbox.send_due()
    mail = Mail.objects.get(kind="top_up_done")
    assert "100 tokens" in mail.subject
    assert "auto-top-up/off/" in mail.text
    spend_to(alice, 5)
    work()
    assert paid(alice) == [1000, 1000]


def test_what_was_low_when_it_was_turned_on_is_bought_at_once(sandbox, alice):
    turn_on(alice)
    work()
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 100


def test_never_above_the_monthly_limit_and_again_in_the_next_month(alice, on, clock):
    use_up(alice, times=5)
    assert paid(alice) == [1000] * 3
    assert told(alice).count("top_up_limit") == 1
    work()
    clock.forward(days=22)
    work()
    assert paid(alice) == [1000] * 4


def test_a_limit_that_is_raised_buys_at_once(alice, on):
    use_up(alice, times=4)
    agree(alice, Terms("starter", 20, 4500))
    work()
    assert paid(alice) == [1000] * 4


def test_a_refunded_top_up_counts_toward_the_limit_and_turns_it_off(alice, on, staff):
    spend_to(alice, 0)
    work()
    refunds.refund(
        Purchase.objects.get(top_up__user=alice), amount_cents=1000, reason="Duplicate", by=staff, beyond_offer=True
    )
    work()
    assert why_off(alice) == "refund"
    assert paid(alice) == [1000]
    assert told(alice)[-1] == "top_up_off"
    agree(alice)
    use_up(alice, times=4)
    assert paid(alice) == [1000] * 3


def test_a_refund_of_another_purchase_is_no_reason_to_charge(alice, on, staff):
    by_hand = Purchase.objects.get(user=alice)
    refunds.refund(by_hand, amount_cents=4000, reason="Requested by customer", by=staff)
    assert read_wallet(alice.pk).balance == 0
    work()
    assert paid(alice) == []
    assert AutoTopUp.objects.get().is_on


def test_a_card_that_is_declined_is_tried_after_an_hour_and_a_day_and_then_never(sandbox, alice, clock):
    buy(sandbox, alice)
    turn_on(alice, number=REFUSED)
    spend_to(alice, 0)
    tries = []
    for wait in ({}, {"minutes": 59}, {"minutes": 2}, {"hours": 23}, {"hours": 2}, {"days": 2}, {"days": 3}):
        clock.forward(**wait)
        for _ in range(10):
            work()
        tries.append(TopUp.objects.get().declines)
    assert tries == [1, 1, 2, 2, 3, 3, 3]
    assert told(alice) == ["top_up_declined", "top_up_declined", "top_up_off"]
    assert why_off(alice) == "declined"
    assert paid(alice) == []
    charges = [each for each in testing.objects("charge") if each["customer"] and not each["paid"]]
    assert len(charges) >= 3
    assert (TopUp.objects.get().status, Purchase.objects.get(top_up__user=alice).status) == ("failed", "failed")


def test_a_decline_that_a_purchase_by_hand_made_needless_is_not_tried_again(sandbox, alice, clock):
    buy(sandbox, alice)
    turn_on(alice, number=REFUSED)
    spend_to(alice, 0)
    work()
    buy(sandbox, alice)
    clock.forward(hours=2)
    work()
    assert TopUp.objects.get().status == "failed"
    assert AutoTopUp.objects.get().is_on
    assert told(alice) == ["top_up_declined"]


def test_a_price_that_changed_asks_again(alice, on):
    TokenPackage.objects.filter(key="starter").update(price_cents=1100)
    spend_to(alice, 0)
    work()
    assert paid(alice) == []
    assert why_off(alice) == "price"
    assert told(alice) == ["top_up_off"]
    assert "consent" in Mail.objects.get(kind="top_up_off").text


@pytest.mark.parametrize("change", [{"tokens": 90}, {"is_active": False}, {"price_cents": 900}])
def test_whatever_changes_of_the_pack_asks_again(alice, on, change):
    TokenPackage.objects.filter(key="starter").update(**change)
    spend_to(alice, 0)
    work()
    assert paid(alice) == []
    assert why_off(alice) == "price"


def test_an_expired_card_turns_it_off(alice, on):
    SavedCard.objects.update(exp_year=2020)
    spend_to(alice, 0)
    work()
    assert paid(alice) == []
    assert why_off(alice) == "card_expired"
    assert told(alice) == ["top_up_off"]


def test_a_card_that_is_gone_at_stripe_turns_it_off(sandbox, alice, on):
    saved_cards.detach(SavedCard.objects.get().stripe_id)
    spend_to(alice, 0)
    work()
    assert paid(alice) == []
    assert why_off(alice) == "card_removed"


def test_money_on_its_way_is_waited_for(sandbox, alice, on):
    other = sandbox.buy(alice, "premium")
    Purchase.objects.filter(pk=other.pk).update(status="processing")
    spend_to(alice, 0)
    work()
    assert paid(alice) == []
    Purchase.objects.filter(pk=other.pk).update(status="failed")
    AutoTopUp.objects.update(look_again_at=None)
    work()
    assert paid(alice) == [1000]


def test_suspended_spending_buys_nothing(alice, on, staff):
    spend_to(alice, 0)
    stopping.block(alice, why=Why(staff, "Abuse"))
    work()
    assert paid(alice) == []
    stopping.unblock(alice, why=Why(staff, "Abuse"))
    work()
    assert paid(alice) == [1000]


def test_the_webhook_comes_after_the_answer_or_twice_and_credits_nothing_more(sandbox, alice, on):
    spend_to(alice, 0)
    work()
    intent = Purchase.objects.get(top_up__user=alice).stripe_payment_intent_id
    (event,) = testing.events_of(intent, type="payment_intent.succeeded")
    for _ in range(2):
        assert sandbox.deliver(event).status_code == 200
    assert read_wallet(alice.pk).balance == 100
    assert told(alice) == ["top_up_done"]


@pytest.mark.parametrize("call", ["POST /v1/payment_intents", "POST /v1/payment_intents/{id}/confirm"])
@pytest.mark.parametrize("times", [3, 20])
def test_an_answer_that_is_lost_is_asked_for_again_and_charged_once(sandbox, alice, on, clock, call, times):
    spend_to(alice, 0)
    testing.fail_api(call=call, lost=True, times=times)
    for _ in range(15):
        work()
        clock.forward(hours=1)
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 100
    assert told(alice) == ["top_up_done"]


@pytest.mark.parametrize("lost_from", ["prepare_payment", "charge_away", "settle"])
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_worker_that_dies_anywhere_leaves_one_charge(alice, on, clock, monkeypatch, lost_from, forgotten):
    spend_to(alice, 0)
    module: Any = settling if lost_from == "settle" else saved_cards
    real = getattr(module, lost_from)

    class Died(BaseException):
        pass

    def die(*args, **kwargs):
        if lost_from != "settle":
            real(*args, **kwargs)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(module, lost_from, die)
        with pytest.raises(Died):
            work()
    if forgotten:
        testing.forget_answers()
        clock.forward(days=2)
    work()
    clock.forward(minutes=5)
    work()
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 100
    assert TopUp.objects.get().status == "done"


def test_a_worker_that_died_is_made_good_by_the_webhook_alone(sandbox, alice, on, monkeypatch):
    spend_to(alice, 0)
    deciding.order_next()
    monkeypatch.setattr(settling, "settle", lambda intent: (_ for _ in ()).throw(StripeUnreachable))
    charging.charge_next()
    monkeypatch.undo()
    intent = Purchase.objects.get(top_up__user=alice).stripe_payment_intent_id
    (event,) = testing.events_of(intent, type="payment_intent.succeeded")
    sandbox.deliver(event)
    assert read_wallet(alice.pk).balance == 100
    assert TopUp.objects.get().status == "done"
    work()
    assert paid(alice) == [1000]


def test_turning_it_off_stops_what_was_ordered(alice, on):
    spend_to(alice, 0)
    deciding.order_next()
    switching.turn_off(alice.pk, AutoTopUp.Off.CUSTOMER)
    work()
    assert paid(alice) == []
    assert TopUp.objects.get().status == "given_up"
    assert Purchase.objects.get(top_up__user=alice).status == "expired"


def test_a_clock_that_jumps_charges_nothing_twice_and_stays_within_each_month(alice, on, clock):
    for days in (0, 40, -40, 3, -3, 0):
        clock.forward(days=days)
        use_up(alice)
    assert TopUp.objects.count() == len(paid(alice))
    months = [f"{at:%Y-%m}" for at in TopUp.objects.values_list("purchase__completed_at", flat=True)]
    assert all(months.count(month) <= 3 for month in months)


def test_a_new_card_is_the_one_that_is_charged(alice, on):
    save_card(alice, "5555555555554444")
    spend_to(alice, 0)
    work()
    intent = Purchase.objects.get(top_up__user=alice).stripe_payment_intent_id
    method = next(each for each in testing.objects("payment_intent") if each["id"] == intent)["payment_method"]
    assert method == SavedCard.objects.get(last4="4444").stripe_id
