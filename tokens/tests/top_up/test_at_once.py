"""Many at once: a crossing is one charge, whoever spends and however many workers look."""

import pytest

from stripe_sandbox import testing
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, Purchase, TopUp
from tokens.spending.spends import spend
from tokens.testing.buying import buy
from tokens.testing.races import at_once
from tokens.testing.topping_up import STARTER, paid, save_card, spend_to, turn_on, work
from tokens.top_up import cards, charging, consent, deciding, settling, switching
from tokens.top_up.errors import ConsentOutOfDate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on(sandbox, alice):
    buy(sandbox, alice)
    return turn_on(alice)


def raised(results):
    return [each for each in results if isinstance(each, Exception)]


def test_fifty_spends_at_once_across_the_threshold_are_one_charge(alice, on):
    spend_to(alice, 60)

    def act(number):
        if number < 2:  # two workers that look all the time
            for _ in range(30):
                deciding.order_next()
                charging.charge_next()
            return None
        return [spend(alice.pk, "import_domain") for _ in range(5)]

    assert raised(at_once(act, times=12)) == []
    work()
    assert paid(alice) == [1000]
    assert TopUp.objects.count() == 1
    assert read_wallet(alice.pk).balance == 60 - 50 + 100


def test_eight_workers_order_once_and_charge_once(alice, on):
    spend_to(alice, 0)
    assert raised(at_once(lambda _: deciding.order(alice.pk))) == []
    assert TopUp.objects.count() == 1 == Purchase.objects.filter(top_up__isnull=False).count()
    assert raised(at_once(lambda _: charging.charge_next())) == []
    work()
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 100


def test_the_event_and_the_worker_credit_once(sandbox, alice, on, client):
    spend_to(alice, 0)
    deciding.order_next()
    charging.charge_next()
    intent = Purchase.objects.get(top_up__user=alice).stripe_payment_intent_id
    (event,) = testing.events_of(intent, type="payment_intent.succeeded")

    def act(number):
        if number % 2:
            return sandbox.deliver(event).status_code
        return settling.settle(event["data"]["object"]).status

    assert set(at_once(act)) == {200, "completed"}
    assert read_wallet(alice.pk).balance == 100
    assert paid(alice) == [1000]


@pytest.mark.parametrize("stop", [switching.turn_off, cards.remove])
def test_a_customer_who_stops_it_while_it_charges_is_charged_once_or_never(alice, on, stop):
    spend_to(alice, 0)

    def act(number):
        if number == 0:
            return stop(alice.pk, AutoTopUp.Off.CUSTOMER)
        deciding.order_next()
        return charging.charge_next()

    assert raised(at_once(act, times=4)) == []
    work()
    assert not AutoTopUp.objects.get().is_on
    assert not TopUp.objects.filter(status__in=TopUp.OPEN).exists()
    taken = paid(alice)
    assert taken in ([], [1000])
    assert read_wallet(alice.pk).balance == len(taken) * 100


def test_a_consent_that_is_sent_four_times_at_once_buys_once(sandbox, alice):
    save_card(alice)
    text = consent.offer(alice.pk, STARTER, read_wallet(alice.pk)).sentence

    def act(number):
        if number % 2:
            deciding.order_next()
            return charging.charge_next()
        try:
            return consent.agree(alice.pk, STARTER, text=text, address=None)
        except ConsentOutOfDate:  # the first pack is there already
            return None

    assert raised(at_once(act, times=8)) == []
    work()
    assert paid(alice) == [1000]
    assert read_wallet(alice.pk).balance == 100
