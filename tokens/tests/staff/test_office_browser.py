"""The back office in a real browser: support and finance at work, and pages looked at by axe."""

import re
import threading

import pytest
from django.apps import apps
from django.utils import timezone
from playwright.sync_api import expect

from devtools.testing.pages import enter, everywhere
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Dispute, GrantBatch, GrantRequest, Purchase, Refund, StripeEvent
from tokens.purchases.checkout import open_checkout
from tokens.purchases.lifecycle import Buyer
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff import batches, refunding
from tokens.staff.acts import Why
from tokens.staff.grants import grant
from tokens.testing.office import hire
from tokens.testing.office import page as address

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def bought(shop, user, package):
    """A purchase that was paid on the hosted page, and credited by its webhook."""
    purchase = open_checkout(
        user.pk, package, buyer=Buyer(origin=shop, client_ip="203.0.113.7", user_agent="A browser")
    )
    testing.pay(str(purchase.stripe_checkout_session_id))
    wait_until(lambda: Purchase.objects.paid().filter(pk=purchase.pk).exists())
    purchase.refresh_from_db()
    return purchase


def wait_until(is_so):
    """For what a webhook does."""
    for _ in range(100):
        if is_so():
            return
        threading.Event().wait(0.1)
    raise AssertionError("The webhook did not come.")


def enter_as(page, shop, role):
    member = hire(role)
    enter(page, shop, member.username)
    return member


def press(page, button, submit, **fields):
    """Press a button of the page, fill its dialog and send it."""
    page.get_by_role("link", name=button, exact=True).click()
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    for label, text in fields.items():
        dialog.get_by_label(label).fill(text)
    dialog.get_by_role("button", name=submit).click()


def test_half_a_purchase_is_refunded_with_a_preview_that_follows_what_is_typed(page, shop, alice):
    purchase = bought(shop, alice, "pro")
    enter_as(page, shop, "finance")
    page.goto(f"{shop}{address('accounts_user', 'change', alice.pk)}?tab=purchases")
    page.get_by_role("link", name="Refund", exact=True).click()
    page.get_by_label("How much").select_option("money")
    page.get_by_label("Money").fill("20")
    expect(page.locator("#preview")).to_contain_text("250 (250 from this purchase, 0 from others)")
    page.get_by_label("Note").fill("Requested by phone")
    page.get_by_role("button", name="Refund $20.00").click()
    expect(page.locator("#refund-state")).to_contain_text("Stripe status: succeeded")
    assert (Refund.objects.get().amount_cents, get_token_balance(alice.pk)) == (2000, 250)
    page.go_back()
    expect(page.get_by_role("button", name=re.compile("Refund|Preview")).first).to_be_visible()
    assert Refund.objects.get().purchase == purchase


def test_a_refund_above_the_limit_is_approved_by_a_second_person(page, shop, alice):
    purchase = bought(shop, alice, "premium")
    asked = refunding.refund(
        purchase, amount_cents=7000, why=Why(hire("finance"), "Duplicate"), key=refunding.key_of(purchase)
    )
    enter_as(page, shop, "manager")
    page.goto(f"{shop}{address('tokens_refundrequest', 'changelist')}")
    page.goto(f"{shop}{address('tokens_refundrequest', 'change', asked.pk)}")
    press(page, "Approve", "Approve refund", Reason="Checked with the bank")
    expect(page.get_by_text("$70.00 refunded.")).to_be_visible()
    assert (Refund.objects.get().status, get_token_balance(alice.pk)) == ("succeeded", 0)


def test_a_list_above_the_limit_waits_for_a_second_person(page, shop, alice, bob, settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 30
    enter_as(page, shop, "support")
    page.goto(f"{shop}{address('tokens_grantbatch', 'grant_to_a_list')}")
    page.get_by_label("Email addresses").fill("alice@example.com\nbob@example.com")
    page.get_by_label("Tokens").fill("20")
    page.get_by_label("Note").fill("Spring")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("another member of staff must approve it")).to_be_visible()
    page.get_by_role("button", name="Request approval for up to 40 tokens").click()
    expect(page.locator("#batch-progress")).to_contain_text("Pending approval")
    assert everywhere(page) == {}
    enter_as(page, shop, "manager")
    page.goto(f"{shop}{address('tokens_grantrequest', 'change', GrantRequest.objects.get().pk)}")
    press(page, "Approve", "Approve grant", Reason="As planned")
    expect(page.get_by_text("Grant approved.")).to_be_visible()
    assert everywhere(page) == {}
    while batches.work_one():
        pass
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [20, 20]


def test_a_list_is_granted_while_the_page_shows_how_far_it_is(page, shop, alice, bob):
    enter_as(page, shop, "support")
    page.goto(f"{shop}{address('tokens_grantbatch', 'changelist')}")
    page.get_by_role("link", name="Grant to a list").click()
    page.get_by_label("Email addresses").fill("alice@example.com\nbob@example.com\nnobody@example.com")
    page.get_by_label("Tokens").fill("20")
    page.get_by_label("Note").fill("Spring")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("2 of 3 addresses found: 40 tokens in total.")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Grant 40 tokens").click()
    expect(page.locator("#batch-progress")).to_contain_text("Waiting to start")
    assert everywhere(page) == {}
    batches.work_one()
    expect(page.locator("#batch-progress")).to_contain_text(
        "3 of 3 addresses processed; 2 customers received 20 tokens each."
    )
    assert GrantBatch.objects.get().status == "done"
    assert (get_token_balance(alice.pk), get_token_balance(bob.pk)) == (20, 20)


def test_a_failed_event_is_replayed(page, shop, alice):
    purchase = bought(shop, alice, "pro")
    event = StripeEvent.objects.filter(type="checkout.session.completed").get()
    StripeEvent.objects.filter(pk=event.pk).update(status="failed", last_error="ValueError: no", done_at=None)
    enter_as(page, shop, "support")
    page.goto(f"{shop}{address('tokens_stripeevent', 'change', event.pk)}")
    press(page, "Retry", "Retry", Reason="It was mended")
    expect(page.get_by_text("checkout.session.completed: processed.")).to_be_visible()
    assert get_token_balance(alice.pk) == purchase.tokens


def test_chosen_events_are_replayed_when_a_reason_is_given(page, shop, alice):
    purchase = bought(shop, alice, "pro")
    event = StripeEvent.objects.filter(type="checkout.session.completed").get()
    StripeEvent.objects.filter(pk=event.pk).update(status="failed", last_error="ValueError: no", done_at=None)
    enter_as(page, shop, "support")
    page.goto(f"{shop}{address('tokens_stripeevent', 'changelist')}")
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option("replay_selected")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_label("Reason").fill("It was mended")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("Retried 1 event")).to_be_visible()
    assert get_token_balance(alice.pk) == purchase.tokens


def test_a_dispute_that_the_bank_opened_shows_what_can_be_said(page, shop, alice):
    purchase = bought(shop, alice, "pro")
    spend(alice, "ai_analysis", metadata={"domain": "a-rather-long-name-of-a-domain-that-alice-owns.example"})
    opened = testing.dispute(str(purchase.stripe_payment_intent_id))
    enter_as(page, shop, "support")
    wait_until(Dispute.objects.exists)
    page.goto(f"{shop}{address('tokens_dispute', 'changelist')}")
    page.get_by_role("link", name=opened["id"]).click()
    expect(page.get_by_text("203.0.113.7")).to_be_visible()
    expect(page.get_by_text("5 of 500 tokens used")).to_be_visible()
    expect(page.get_by_text("Open: needs response")).to_be_visible()
    assert everywhere(page) == {}


def test_a_grant_is_made_in_its_dialog_and_stands_on_the_statement(page, shop, alice):
    enter_as(page, shop, "support")
    page.goto(f"{shop}{address('accounts_user', 'change', alice.pk)}")
    press(page, "Grant", "Grant", Tokens="20", Note="Was kept waiting")
    expect(page.get_by_text("Granted 20 tokens to alice.")).to_be_visible()
    expect(page.locator("#content-main")).to_contain_text("+20")


# --- looked at by axe --------------------------------------------------------------------


@pytest.fixture
def office(page, shop, alice, staff):
    """The browser of a member of staff who sees everything, and a customer with some of each kind of row."""
    purchase = bought(shop, alice, "premium")
    spend(alice, "ai_analysis", metadata={"domain": "a-rather-long-name-of-a-domain-that-alice-owns.example"})
    hold(alice, "data_export")
    grant(alice, tokens=5, reason="Goodwill: was kept waiting for rather a long time", by=staff)
    refunding.refund(purchase, amount_cents=1000, why=Why(staff, "Duplicate"), key=refunding.key_of(purchase))
    refunding.refund(purchase, amount_cents=5000, why=Why(staff, "Duplicate"), key=refunding.key_of(purchase))
    Dispute.objects.create(
        user=alice,
        purchase=purchase,
        stripe_id="dp_1",
        status="needs_response",
        amount_cents=1000,
        evidence_due_at=timezone.now(),
        fetched_at=timezone.now(),
    )
    follow_the_money(purchase)
    Purchase.objects.update(fraud_warning_at=timezone.now())
    enter(page, shop, "staff")
    return page


def test_the_customer_page_and_its_tabs(office, shop, alice):
    found = {}
    for tab in ("statement", "purchases", "refunds", "disputes", "usage", "mails", "acts"):
        office.goto(f"{shop}{address('accounts_user', 'change', alice.pk)}?tab={tab}")
        expect(office.locator("#content-main td").first).to_be_visible()
        found.update(everywhere(office))
    assert found == {}


def test_the_pages_of_money(office, shop, alice):
    found = {}
    for model in ("purchase", "refund", "refundrequest", "dispute", "tokenusage", "stripeevent", "lot"):
        for verb in ("changelist", "change"):
            args = [first_of(model).pk] if verb == "change" else []
            office.goto(f"{shop}{address(f'tokens_{model}', verb, *args)}")
            found.update(everywhere(office))
    assert found == {}


def first_of(model):
    return apps.get_model("tokens", model).objects.order_by("pk").first()


def test_the_refund_page_before_and_after_its_preview(office, shop, alice):
    office.goto(f"{shop}{address('tokens_purchase', 'refund', Purchase.objects.get().pk)}")
    assert everywhere(office) == {}
    office.get_by_label("How much").select_option("money")
    office.get_by_label("Money").fill("1")
    expect(office.locator("#preview")).to_contain_text("Refund")
    assert everywhere(office) == {}


def test_a_dialog(office, shop, alice):
    office.goto(f"{shop}{address('accounts_user', 'change', alice.pk)}")
    office.get_by_role("link", name="Grant", exact=True).click()
    expect(office.locator("#dialog")).to_be_visible()
    assert everywhere(office) == {}
