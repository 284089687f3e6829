"""Emails are written with the fact they report: one for each, whatever events come twice, out of order or at once."""

import random
import re
from itertools import product

import pytest
from django.db import transaction
from django.utils import timezone

from stripe_sandbox import testing
from tokens.catalog import get_catalog
from tokens.emails import kinds
from tokens.errors import StripeFailed
from tokens.models import Mail, Purchase, Refund
from tokens.purchases import emails, lifecycle, refunds
from tokens.purchases.lifecycle import Buyer, simulate_token_purchase
from tokens.spending.spends import spend
from tokens.sweep import sweep
from tokens.testing.races import at_once
from tokens.tests.purchases.test_disputes import deliver_disputes
from tokens.tests.purchases.test_purchase_life import EVENTS, MONEY, tell
from tokens.tests.purchases.test_refunds import buy, events_about, give_back, spend_tokens_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(sandbox, alice):
    """A Pro Pack, paid and credited; its receipt is out of the way."""
    purchase = buy(sandbox, alice)
    Mail.objects.all().delete()
    return purchase


def told(user):
    """The kinds of the user's emails, in the order in which they were written."""
    return list(Mail.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


def only_email():
    return kinds.compose(Mail.objects.get())


def facts(email):
    """The lines of the email's own text that give a figure: what stands before the colon, and after it."""
    found = dict(re.findall(r"^([A-Z][^:\n]*): (?!http)(.+)$", email.text, re.MULTILINE))
    return {name: value for name, value in found.items() if name != "Pro Pack"}


# --- the receipt -----------------------------------------------------------------------


def test_a_purchase_sends_a_receipt_that_says_what_was_bought_and_paid(sandbox, alice):
    purchase = buy(sandbox, alice)
    email = only_email()
    assert (email.user, email.kind, email.status) == (alice, "purchase_completed", "waiting")
    assert email.subject == "Your receipt: 500 tokens for $40.00"
    assert facts(email) == {
        "Purchase": "Pro Pack: 500 tokens",
        "Paid": "$40.00",
        "Date": f"{purchase.completed_at:%b %-d, %Y, %H:%M} UTC",
        "Purchase number": str(purchase.pk),
        "Your balance": "500 tokens",
    }
    assert "repaid" not in email.text
    for figure in ("Pro Pack: 500 tokens", "$40.00", "500 tokens"):
        assert figure in email.html


def test_every_link_of_a_email_leads_to_the_shop(sandbox, alice, settings):
    settings.SITE_URL = "https://shop.example.com"
    buy(sandbox, alice)
    email = only_email()
    links = {*re.findall(r'href="([^"]+)"', email.html), *re.findall(r"https?://\S+", email.text)}
    assert links == {
        "https://shop.example.com",
        "https://shop.example.com/tokens/",
        "https://shop.example.com/accounts/notifications/",
    }


def test_a_payment_told_three_times_and_seen_on_the_success_page_sends_one_receipt(sandbox, alice_page, alice):
    purchase = sandbox.buy(alice)
    session = sandbox.pay(purchase)
    alice_page.get("/tokens/success", {"session_id": session["id"]})
    tell(sandbox, purchase, "paid", "settled")
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    assert told(alice) == ["purchase_completed"]


@pytest.mark.parametrize("events", [*product(EVENTS, EVENTS)], ids="-".join)
def test_two_events_in_any_order_send_each_email_once(sandbox, alice, events):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    tell(sandbox, purchase, *events)
    first, second = events
    bounced = first == "bounced" or (first, second) == ("unpaid", "bounced")
    paid = MONEY & {*events}
    assert told(alice) == ["bank_payment_failed"] * bounced + ["purchase_completed"] * bool(paid)


def test_a_receipt_is_in_the_currency_that_was_paid(alice):
    purchase = lifecycle.order(alice.pk, lifecycle.Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    Purchase.objects.update(currency="jpy", amount_cents=6000)
    lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=3000)
    assert facts(only_email())["Paid"] == "¥3,000"


def test_a_receipt_says_what_settled_a_debt(sandbox, alice, bought):
    spend_tokens_of(alice, 200)
    give_back(bought, 4000, beyond_offer=True)
    buy(sandbox, alice)
    email = kinds.compose(Mail.objects.get(kind="purchase_completed"))
    assert "\n200 of these tokens repaid your debt.\n" in email.text
    assert facts(email)["Your balance"] == "300 tokens"


def test_a_simulated_purchase_sends_nothing(alice):
    simulate_token_purchase(alice.pk, "pro")
    assert told(alice) == []


def test_a_subscription_sends_no_receipt_for_tokens(alice):
    purchase = Purchase.objects.create(user=alice, type="subscription", amount_cents=500, currency="usd")
    lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=500)
    assert told(alice) == []


def test_spending_writes_no_email(alice):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "data_export")
    assert told(alice) == []


# --- a bank that did not pay ---------------------------------------------------------------


def test_a_bank_that_sends_the_money_back_is_told_once(sandbox, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase, bank="000222222227")
    sandbox.deliver(sandbox.event(purchase))
    assert told(alice) == []
    testing.bounce(purchase.stripe_checkout_session_id)
    for _ in range(2):
        sandbox.deliver(sandbox.event(purchase, "checkout.session.async_payment_failed"))
    email = only_email()
    assert (email.kind, email.subject) == ("bank_payment_failed", "Your bank payment of $40.00 failed")
    assert "Nothing was charged and no tokens were added" in email.text
    assert "http://shop.test/tokens/\n" in email.text


def test_a_page_that_could_not_be_opened_is_not_told(sandbox, alice, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(StripeFailed):
        sandbox.buy(alice)
    assert Purchase.objects.get().status == "failed"
    assert told(alice) == []


# --- refunds -----------------------------------------------------------------------------


def test_a_refund_is_told_with_its_money_and_tokens(bought):
    give_back(bought, 1000)
    email = only_email()
    assert email.subject == "Your refund of $10.00"
    assert facts(email) == {
        "Purchase number": str(bought.pk),
        "Paid": "$40.00",
        "Tokens removed": "125",
        "Your balance": "375 tokens",
    }


def test_each_of_two_refunds_is_told_once_with_its_own_tokens_whatever_its_events_do(sandbox, bought):
    give_back(bought, 1005)  # worth 125.6 tokens, and the two of them 251.25
    give_back(bought, 1005)
    events = events_about(bought)
    random.Random(7).shuffle(events)
    for event in [*events, *events]:
        sandbox.deliver(event)
    found = [facts(email)["Tokens removed"] for email in Mail.objects.order_by("id")]
    assert found == ["126", "125"]


def test_a_refund_that_leaves_a_debt_says_what_is_owed(alice, bought):
    spend_tokens_of(alice, 200)
    give_back(bought, 4000, beyond_offer=True)
    assert "Debt: 200 tokens. The next tokens you buy repay it first." in only_email().text


def test_a_refund_made_in_the_dashboard_is_told_once(sandbox, alice, bought):
    testing.refund(bought.stripe_payment_intent_id, 2000)
    for event in [*events_about(bought), *events_about(bought)]:
        sandbox.deliver(event)
    assert told(alice) == ["refund"]
    assert facts(only_email())["Tokens removed"] == "250"


def test_a_pending_refund_that_then_succeeds_is_told_once(sandbox, alice):
    purchase = buy(sandbox, alice, card="4000000000007726")
    row = give_back(purchase, 4000)
    assert (row.status, told(alice)) == ("pending", ["purchase_completed", "refund"])
    testing.settle_refund(row.stripe_id)
    for event in events_about(purchase):
        sandbox.deliver(event)
    assert Refund.objects.get().status == "succeeded"
    assert told(alice) == ["purchase_completed", "refund"]


@pytest.mark.parametrize("seed", range(3))
def test_a_refund_that_fails_after_it_was_told_is_told_again_once(sandbox, alice, bought, seed):
    row = give_back(bought, 4000)
    testing.fail_refund(row.stripe_id)
    events = events_about(bought)
    random.Random(seed).shuffle(events)
    for event in [*events, *events]:
        sandbox.deliver(event)
    assert told(alice) == ["refund", "refund_failed"]
    email = Mail.objects.get(kind="refund_failed")
    assert email.subject == "Your refund of $40.00 failed"
    assert "We returned the 500 tokens to your balance." in email.text
    assert facts(email)["Your balance"] == "500 tokens"


def test_a_refund_first_heard_of_when_it_had_failed_is_not_told(sandbox, alice, bought):
    refund = testing.refund(bought.stripe_payment_intent_id, 4000)
    testing.fail_refund(refund["id"])
    for event in reversed(events_about(bought)):
        sandbox.deliver(event)
    assert Refund.objects.get().status == "failed"
    assert told(alice) == []


def test_a_refund_that_stripe_refuses_is_not_told(alice, bought):
    testing.refund(bought.stripe_payment_intent_id)
    assert give_back(bought, 4000).status == "failed"
    assert told(alice) == []


def test_a_refund_is_told_when_stripe_has_it_not_before(alice, bought, settings):
    address = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    give_back(bought, 4000)
    assert told(alice) == []
    settings.STRIPE_API_BASE = address
    Refund.objects.update(created_at="2026-01-01T00:00Z")
    for _ in range(2):
        sweep()
    assert told(alice) == ["refund"]


def test_a_refund_heard_of_before_the_payment_is_told_after_the_receipt(sandbox, alice):
    purchase = sandbox.buy(alice)
    purchase.stripe_payment_intent_id = sandbox.pay(purchase)["payment_intent"]
    testing.refund(purchase.stripe_payment_intent_id, 4000)
    for event in events_about(purchase):
        sandbox.deliver(event)
    assert told(alice) == []
    for _ in range(2):
        sandbox.deliver(sandbox.event(purchase))
    assert told(alice) == ["purchase_completed", "refund"]
    assert facts(Mail.objects.get(kind="refund"))["Tokens removed"] == "500"


# --- disputes ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_dispute_that_freezes_tokens_is_told_once(sandbox, alice, bought, seed):
    testing.dispute(bought.stripe_payment_intent_id, amount=1000)
    deliver_disputes(sandbox, bought, seed=seed)
    email = only_email()
    assert (email.kind, email.subject) == ("dispute_frozen", "A payment of $10.00 is disputed")
    assert {"Removed from your balance": "125", "Frozen": "375", "Available": "0"}.items() <= facts(email).items()


def test_an_inquiry_is_not_told(sandbox, alice, bought):
    testing.dispute(bought.stripe_payment_intent_id, inquiry=True)
    deliver_disputes(sandbox, bought)
    assert told(alice) == []


def test_a_dispute_that_is_won_and_told_again_sends_no_second_email(sandbox, alice, bought):
    dispute = testing.dispute(bought.stripe_payment_intent_id)
    deliver_disputes(sandbox, bought)
    testing.close_dispute(dispute["id"], won=True)
    deliver_disputes(sandbox, bought, seed=3)
    assert told(alice) == ["dispute_frozen"]


def test_a_dispute_heard_of_before_the_payment_is_told_after_the_receipt(sandbox, alice):
    purchase = sandbox.buy(alice)
    purchase.stripe_payment_intent_id = sandbox.pay(purchase)["payment_intent"]
    testing.dispute(purchase.stripe_payment_intent_id)
    deliver_disputes(sandbox, purchase)
    assert told(alice) == []
    sandbox.deliver(sandbox.event(purchase))
    deliver_disputes(sandbox, purchase)
    assert told(alice) == ["purchase_completed", "dispute_frozen"]


# --- writing -------------------------------------------------------------------------------


def test_a_fact_that_is_undone_leaves_no_email(alice):
    purchase = lifecycle.order(alice.pk, lifecycle.Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    with transaction.atomic():
        lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=4000)
        assert told(alice) == ["purchase_completed"]
        transaction.set_rollback(True)
    assert told(alice) == []


def completed(description="Pro Pack"):
    return Purchase(pk=1, description=description, tokens=500, completed_at=timezone.now())


def write_receipt(user, **purchase):
    context = {"purchase": completed(**purchase), "paid": "$40.00", "wallet": {"balance": 500}}
    kinds.write(user.pk, emails.PURCHASE_COMPLETED, about="purchase:1:completed", **context)


def test_writing_twice_of_one_fact_keeps_the_first(alice):
    write_receipt(alice)
    write_receipt(alice, description="Another")
    assert facts(only_email())["Purchase"] == "Pro Pack"


def test_markup_in_a_name_stays_text(alice):
    write_receipt(alice, description="<b>R&D</b>")
    assert facts(only_email())["Purchase"] == "<b>R&D</b>"
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in only_email().html
    assert "<b>R&D</b>" not in only_email().html


def test_who_muted_a_kind_gets_none_of_it_and_the_others_still(sandbox, alice, bob):
    kinds.choose(alice.pk, wanted=[])
    purchase = buy(sandbox, alice)
    buy(sandbox, bob)
    give_back(purchase, 4000)
    assert (told(alice), told(bob)) == (["refund"], ["purchase_completed"])


def test_only_what_is_optional_is_muted_and_wanting_it_again_unmutes_it(alice):
    mutable = {kind.key for kind in kinds.kinds() if kind.is_optional}
    assert ("purchase_completed" in mutable, "refund" in mutable) == (True, False)
    for wanted in ([], [], ["purchase_completed", "unheard_of"], mutable):
        kinds.choose(alice.pk, wanted=wanted)
        assert kinds.opted_out_kinds(alice.pk) == mutable - {*wanted}


def test_two_kinds_cannot_have_one_key(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.kind("news", name="News", description="What is new.")
    with pytest.raises(ValueError, match="is registered twice"):
        kinds.kind("news", name="News", description="What is new.")


def test_staff_see_what_became_of_a_email_and_cannot_change_it(client, staff, bought, alice):
    give_back(bought, 4000)
    email = only_email()
    Mail.objects.update(status="given_up", last_error="SMTPRecipientsRefused: 550 No such mailbox")
    client.force_login(staff)
    rows, row = client.get("/admin/tokens/mail/"), client.get(f"/admin/tokens/mail/{email.pk}/change/")
    for page in (rows, row):
        assert "550 No such mailbox" in page.content.decode()
    assert 'name="action"' not in rows.content.decode()
    assert client.post(f"/admin/tokens/mail/{email.pk}/change/", {"status": "waiting"}).status_code == 403


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_who_complete_and_refund_a_purchase_at_once_write_each_email_once(sandbox, alice):
    purchase = lifecycle.order(alice.pk, lifecycle.Item.of_package(get_catalog().package("pro")), buyer=Buyer())
    at_once(lambda _: lifecycle.complete(purchase, payment_intent="pi_1", paid_cents=4000))
    assert told(alice) == ["purchase_completed"]
    refund = {"id": "re_1", "amount": 4000, "currency": "usd", "status": "pending"}
    outcomes = at_once(
        lambda number: refunds.record_refund(purchase, {**refund, "status": "succeeded" if number % 2 else "pending"})
    )
    assert {outcome.pk for outcome in outcomes} == {Refund.objects.get().pk}
    assert told(alice) == ["purchase_completed", "refund"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_writers_of_one_fact_at_once_without_any_lock_write_one_email(alice):
    assert at_once(lambda _: write_receipt(alice)) == [None] * 8
    assert told(alice) == ["purchase_completed"]
