"""What staff do while customers spend and Stripe tells: each takes effect once, and the books are right after."""

from contextlib import suppress

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from soulfra.privacy.anonymising import anonymise
from soulfra.privacy.erasing import StillOpen
from stripe_sandbox import testing
from tokens.errors import HoldEnded
from tokens.ledger.wallet import get_token_balance
from tokens.models import Refund, StaffAct, TokenUsage
from tokens.purchases import refunds
from tokens.spending.holds import capture, hold
from tokens.spending.spends import spend
from tokens.staff import granting, stopping
from tokens.staff.acts import Why
from tokens.staff.grants import grant as gift
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.office import hidden, hire, page, told
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


def paid(sandbox, user, package="pro"):
    purchase = sandbox.buy(user, package)
    sandbox.pay(purchase)
    return purchase


def credited(sandbox, user, package="pro"):
    purchase = paid(sandbox, user, package)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    return purchase


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_grants_beside_spends_and_the_webhook_of_a_purchase_all_count(sandbox, alice):
    purchase, why = paid(sandbox, alice), Why(hire("manager"), "Goodwill")
    gift(alice, tokens=100, reason="To begin with", by=None)
    event = sandbox.event(purchase)
    verbs = [
        lambda number: granting.grant(alice, tokens=20, why=why, key=f"k{number % 2}"),
        lambda _: spend(alice, "data_export"),
        lambda _: sandbox.deliver(event),
    ]
    at_once(lambda number: verbs[number % 3](number), times=9)
    grants = StaffAct.objects.filter(verb="grant").count()
    assert get_token_balance(alice.pk) == 100 + 500 + 20 * grants - 30
    assert grants == 2
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_form_of_a_grant_sent_from_eight_tabs_at_once_gives_once_and_tells_all_the_same(client, alice):
    client.force_login(hire("support"))
    address = page("accounts_user", "grant", alice.pk)
    key = hidden(client.get(address), "form_key")
    body = {"_form_submitted": "True", "form_key": key, "tokens": "20", "reason": "Goodwill", "note": "x"}
    cookies = client.cookies

    def send(_):
        tab = Client()
        tab.cookies = cookies
        answer = tab.post(address, body)
        return told(answer)[-1], answer["HX-Redirect"]

    assert set(at_once(send)) == {("Granted 20 tokens to alice.", page("accounts_user", "change", alice.pk))}
    assert (get_token_balance(alice.pk), StaffAct.objects.count(), LogEntry.objects.count()) == (20, 1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_release_beside_its_capture_leaves_one_of_the_two(alice):
    gift(alice, tokens=100, reason="To begin with", by=None)
    usage, why = hold(alice, "data_export"), Why(hire("support"), "Stuck")
    outcomes = at_once(lambda number: stopping.release(usage, why=why) if number % 2 else capture(usage), times=6)
    usage.refresh_from_db()
    is_released = usage.status == TokenUsage.Status.RELEASED
    assert get_token_balance(alice.pk) == (100 if is_released else 90)
    assert StaffAct.objects.count() == is_released
    assert sum(isinstance(outcome, HoldEnded) for outcome in outcomes) == 3
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_deduction_beside_a_refund_and_a_chargeback_leaves_the_books_right(sandbox, alice):
    purchase, finance = credited(sandbox, alice), hire("finance")
    testing.dispute(purchase.stripe_payment_intent_id, amount=2000)
    disputed = [event for event in testing.events_since(None) if event["type"].startswith("charge.dispute")]
    verbs = [
        lambda: granting.deduct(alice, tokens=50, why=Why(finance, "Correction")),
        lambda: sandbox.deliver(disputed[-1]),
        lambda: refunds.refund(purchase, amount_cents=1000, reason="x", by=finance, beyond_offer=True),
    ]
    at_once(lambda number: verbs[number % 3](), times=3)
    sandbox.deliver(disputed[-1])
    assert_books_are_right()
    purchase.refresh_from_db()
    refunded = sum(row.amount_cents for row in Refund.objects.counting())
    assert purchase.tokens_reversed == (2 * 500 * min(4000, 2000 + refunded) + 4000) // 8000


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_person_made_unknown_while_their_payment_comes_is_unknown_and_has_their_tokens(sandbox, alice):
    purchase, manager = paid(sandbox, alice), hire("manager")
    event = sandbox.event(purchase)

    def make_unknown():
        while True:
            with suppress(StillOpen):  # until the payment has come
                return anonymise(alice, why=Why(manager, "Asked for"))

    at_once(lambda number: sandbox.deliver(event) if number % 2 else make_unknown(), times=4)
    person = User.objects.get(pk=alice.pk)
    assert (person.username, person.email) == (f"anonymous-{alice.pk}", "")
    assert get_token_balance(alice.pk) == 500
    assert StaffAct.objects.filter(verb="anonymise").count() == 1
    assert_books_are_right()
