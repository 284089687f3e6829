"""The notifications page and every kind of email, in a real browser: light and dark, wide and narrow."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from devtools.testing.pages import enter, everywhere
from tokens.emails import kinds
from tokens.models import Mail, Purchase, Wallet
from tokens.purchases import emails

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LETTERS = [
    emails.PURCHASE_COMPLETED,
    emails.BANK_PAYMENT_FAILED,
    emails.REFUND,
    emails.REFUND_FAILED,
    emails.DISPUTE_FROZEN,
]


def test_the_notifications_page_keeps_a_choice_made_without_scripts(browser, shop, alice):
    page = browser.new_context(java_script_enabled=False).new_page()
    enter(page, shop, "alice")
    page.goto(f"{shop}/accounts/notifications/")
    page.get_by_role("switch", name="Low balance", exact=True).uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Changes saved.")).to_be_visible()
    expect(page.get_by_role("switch", name="Low balance", exact=True)).not_to_be_checked()
    assert kinds.opted_out_kinds(alice.pk) == {"balance_low"}
    page.context.close()


def test_the_notifications_page_is_accessible(page, shop, alice):
    enter(page, shop, "alice")
    page.goto(f"{shop}/tokens/")
    page.get_by_text("alice", exact=True).click()
    page.get_by_role("link", name="Email preferences").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Email preferences")
    assert everywhere(page) == {}


@pytest.mark.parametrize("kind", LETTERS, ids=lambda kind: kind.key)
@pytest.mark.parametrize("balance", [1300, -200])
def test_a_email_is_readable(page, alice, kind, balance):
    now = timezone.now()
    purchase = Purchase(pk=7, description="Pro Pack: 500 tokens", tokens=500, completed_at=now, created_at=now)
    money = dict.fromkeys(("paid", "price", "amount", "disputed"), "$1,040.00")
    wallet = Wallet(user=alice, balance=balance)
    kinds.write(
        alice.pk, kind, about="x", purchase=purchase, tokens=500, repaid=1200, frozen=375, wallet=wallet, **money
    )
    page.set_content(Mail.objects.get().html)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"\w"))
    assert everywhere(page) == {}
