"""Every page with something on it, in a real browser, looked at by axe: light and dark, wide and narrow."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts import api_keys
from devtools.testing.factories import PASSWORD
from devtools.testing.pages import enter, everywhere, header_problems, violations
from tokens.idempotency import alone
from tokens.models import Dispute, Purchase, Refund, TopUp
from tokens.purchases.checkout import open_checkout
from tokens.purchases.lifecycle import Buyer, simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import make_lot
from tokens.testing.topping_up import card_row
from tokens.top_up.deciding import order
from tokens.top_up.links import off_path

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alices(page, shop, alice):
    """alice's browser, signed in."""
    enter(page, shop, "alice")
    return page


def assert_is_accessible(page, heading):
    """The open page is the one meant, by its heading, and nothing is wrong with it."""
    expect(page.get_by_role("heading", level=1, name=re.compile(heading))).to_be_visible()
    assert everywhere(page) == {}


def take_back(purchase, cents):
    Refund.objects.create(
        user_id=purchase.user_id, purchase=purchase, amount_cents=cents, source="staff", status="succeeded"
    )
    follow_the_money(purchase)


def fill_history(user):
    """Purchases of several statuses, a hold, a frozen lot, and spending with details."""
    pro = simulate_token_purchase(user.pk, "pro")
    for action in ("import_domain", "ai_analysis", "data_export"):
        spend(user, action, metadata={"domain": "a-rather-long-name-of-a-domain-that-alice-owns.example"})
    hold(user, "data_export")
    take_back(pro, 1000)
    starter = simulate_token_purchase(user.pk, "starter")
    Dispute.objects.create(
        user=user,
        purchase=starter,
        stripe_id="dp_1",
        status="needs_response",
        amount_cents=1000,
        fetched_at=timezone.now(),
    )
    follow_the_money(starter)


def test_the_token_page_with_a_full_history(alices, shop, alice):
    fill_history(alice)
    alices.goto(f"{shop}/tokens/")
    expect(alices.locator(".balance")).to_contain_text(re.compile("On hold.*Frozen by a dispute", re.S))
    expect(alices.get_by_role("progressbar")).to_have_count(3)
    assert_is_accessible(alices, "^Tokens$")


def test_the_header_holds_at_every_width_with_a_long_name_and_a_large_balance(alices, shop, alice):
    type(alice).objects.update(username="a-username-of-thirty-letters-0")
    make_lot(alice, tokens=12_345_678)
    alices.goto(f"{shop}/tokens/")
    for width in (320, 360, 390, 412, 767, 768, 1023, 1024):
        alices.set_viewport_size({"width": width, "height": 900})
        assert (width, header_problems(alices, is_narrow=width < 768)) == (width, [])
        assert not alices.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_on_a_phone_the_newest_bars_are_in_view_and_the_footers_links_have_no_bullets(alices, shop, alice, settings):
    settings.SUPPORT_EMAIL = "help@example.com"
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "import_domain")
    alices.set_viewport_size({"width": 390, "height": 844})
    alices.goto(f"{shop}/tokens/usage")
    box = alices.locator(".chart-box").bounding_box()
    bar = alices.locator(".chart rect").last.bounding_box()
    assert alices.evaluate("document.querySelector('.chart-box').scrollWidth") > box["width"]
    assert box["x"] <= bar["x"] < bar["x"] + bar["width"] <= box["x"] + box["width"] + 1
    link = alices.locator(".foot-links li")
    assert link.evaluate("item => getComputedStyle(item).listStyleType") == "none"


def test_the_token_page_of_someone_who_owes_tokens(alices, shop, alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    spend(alice, "data_export")
    take_back(purchase, 1000)
    alices.goto(f"{shop}/tokens/")
    expect(alices.locator(".notice-warning")).to_contain_text("The next 10 tokens you buy")
    assert_is_accessible(alices, "^Tokens$")


@pytest.mark.parametrize(
    ("path", "heading", "rows"),
    [
        ("usage", "^Usage$", 3 + 1 + 3),  # by action, by day, and each spend
        ("purchases", "^Purchases$", 2),
        ("statement", "^Statement$", 7),
        ("statement/print", "^Statement, ", 7),
    ],
)
def test_the_lists_with_rows(alices, shop, alice, path, heading, rows):
    fill_history(alice)
    alices.goto(f"{shop}/tokens/{path}")
    expect(alices.locator("tbody tr")).to_have_count(rows)
    assert_is_accessible(alices, heading)


def test_a_row_of_the_statement_opens_with_the_keyboard(alices, shop, alice):
    simulate_token_purchase(alice.pk, "pro")
    for number in range(3):
        spend(alice, "import_domain", metadata={"domain": f"ocean-{number}.com"})
    alices.goto(f"{shop}/tokens/statement")
    expect(alices.get_by_text("ocean-2.com")).to_be_hidden()
    alices.locator("summary", has_text="3 times").focus()
    alices.keyboard.press("Enter")
    expect(alices.get_by_text("ocean-2.com")).to_be_visible()
    assert_is_accessible(alices, "^Statement$")


def test_a_declined_card(alices, shop):
    alices.goto(f"{shop}/tokens/")
    alices.get_by_role("button", name="Buy Pro Pack").click()
    alices.get_by_label("Card number").fill("4000000000000002")
    alices.get_by_label("Expiry").fill("12 / 34")
    alices.get_by_label("CVC").fill("123")
    alices.get_by_role("button", name=re.compile(r"^Pay \$")).click()
    expect(alices.get_by_role("alert")).to_contain_text("declined")
    assert_is_accessible(alices, r"\$40\.00")


@pytest.mark.breaks_the_books
@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("pending", "^Your payment is being confirmed$"),
        ("processing", "^Payment processing$"),
        ("failed", "^Payment failed$"),
        ("expired", "^This payment page has expired$"),
        ("completed", "^500 tokens added$"),
    ],
)
def test_the_success_page_in_every_state(alices, shop, alice, status, heading):
    purchase = open_checkout(alice.pk, "pro", buyer=Buyer(origin=shop))
    paid = {"completed_at": timezone.now(), "paid_cents": 4000} if "500" in heading else {}
    Purchase.objects.update(status=status, **paid)
    alices.goto(f"{shop}/tokens/success?session_id={purchase.stripe_checkout_session_id}")
    assert_is_accessible(alices, heading)


def test_an_unknown_pack_is_a_400(alices, shop):
    alices.goto(f"{shop}/tokens/")
    alices.evaluate("document.querySelector('[name=package][value=pro]').value = 'gold'")
    with alices.expect_response("**/tokens/purchase") as answer:
        alices.get_by_role("button", name="Buy Pro Pack").click()
    assert answer.value.status == 400
    assert_is_accessible(alices, "^Unknown package$")


@pytest.mark.parametrize(
    ("path", "heading"),
    [("/nowhere", "^Page not found$"), ("/tokens/success?session_id=x", "^Payment page not found$")],
)
def test_what_is_not_there_is_a_404(alices, shop, path, heading):
    assert alices.goto(shop + path).status == 404
    assert_is_accessible(alices, heading)


def test_an_unreachable_stripe_is_a_502(alices, shop, settings):
    alices.goto(f"{shop}/tokens/")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with alices.expect_response("**/tokens/purchase") as answer:
        alices.get_by_role("button", name="Buy Pro Pack").click()
    assert answer.value.status == 502
    assert_is_accessible(alices, "^The payment page can't be reached$")


def test_a_double_click_buys_once_and_a_later_click_is_told_that_the_first_is_under_way(alices, shop, alice):
    bought = []
    alices.on("request", lambda request: bought.append(request) if request.url.endswith("/tokens/purchase") else None)
    alices.goto(f"{shop}/tokens/")
    alices.get_by_role("button", name="Buy Pro Pack").dblclick()
    alices.wait_for_url("**/c/pay/**")
    assert len(bought) == 1

    alices.goto(f"{shop}/tokens/")
    with alone(alice.pk, "tokens.purchases.checkout.open_checkout", "pro"):
        alices.get_by_role("button", name="Buy Pro Pack").click()
        assert_is_accessible(alices, "^Your payment page is opening$")
    alices.get_by_role("button", name="Continue").click()
    alices.wait_for_url("**/c/pay/**")


def test_a_new_key_and_its_revocation(alices, shop, alice):
    api_keys.issue(alice, name="Nightly import")
    alices.goto(f"{shop}/accounts/api-keys/")
    alices.get_by_label("Name").fill("Reports")
    alices.get_by_role("button", name="Create key").click()
    assert_is_accessible(alices, "^Confirm access$")
    alices.get_by_label("Password").fill(PASSWORD)
    alices.get_by_role("button", name="Confirm").click()
    expect(alices.locator("#new-key")).to_contain_text("tk_")
    assert_is_accessible(alices, "^API keys$")
    alices.get_by_role("link", name="Rotate Nightly import").click()
    assert_is_accessible(alices, "^Rotate “Nightly import”[?]$")
    alices.get_by_label("For 1 more hour").check()
    alices.get_by_role("button", name="Rotate key").click()
    expect(alices.get_by_text("Replaced")).to_be_visible()
    alices.get_by_role("link", name="Revoke Reports").click()
    assert_is_accessible(alices, "^Revoke “Reports”[?]$")
    alices.get_by_role("button", name="Revoke key").click()
    expect(alices.get_by_text("“Reports” revoked")).to_be_visible()
    assert_is_accessible(alices, "^API keys$")


@pytest.mark.parametrize(("path", "heading"), [("logout", "^Sign out[?]$"), ("password/change", "^Change password$")])
def test_the_account_pages(alices, shop, path, heading):
    alices.goto(f"{shop}/accounts/{path}/")
    assert_is_accessible(alices, heading)


def test_a_password_that_was_refused(alices, shop):
    alices.goto(f"{shop}/accounts/password/change/")
    fields = alices.locator("main input[type=password]")
    for number in range(fields.count()):
        fields.nth(number).fill("wrong")
    alices.locator("main").get_by_role("button", name=re.compile("change", re.I)).click()
    expect(alices.locator("main [aria-invalid=true]").first).to_be_visible()
    assert_is_accessible(alices, "^Change password$")


def test_a_theme_chosen_in_the_footer_wins_over_what_the_system_prefers(alices, shop, alice):
    fill_history(alice)
    alices.goto(f"{shop}/tokens/")
    for theme, preferred in (("dark", "light"), ("light", "dark")):
        alices.emulate_media(color_scheme=preferred, reduced_motion="reduce")
        alices.get_by_role("button", name=theme.title()).click()
        expect(alices.locator("html")).to_have_attribute("data-theme", theme)
        expect(alices.get_by_role("button", name=theme.title())).to_have_attribute("aria-pressed", "true")
        expect(alices.get_by_role("progressbar")).to_have_count(3)
        assert violations(alices) == []


def test_automatic_top_up_from_its_terms_to_a_payment_to_confirm(alices, shop, alice):
    card_row(alice)
    alices.goto(f"{shop}/tokens/auto-top-up?package=starter&threshold=20&monthly_limit=30")
    alices.get_by_role("button", name="Turn on automatic top-up").click()
    expect(alices.get_by_role("alert")).to_contain_text("Tick the box")
    assert_is_accessible(alices, "^Automatic top-up$")
    alices.get_by_role("checkbox").check()
    alices.get_by_role("button", name="Turn on automatic top-up").click()
    expect(alices.get_by_role("heading", name="It's on")).to_be_visible()
    order(alice.pk)
    TopUp.objects.update(status="needs_confirmation", next_try_at=None)
    alices.goto(f"{shop}/tokens/auto-top-up")
    assert_is_accessible(alices, "^Automatic top-up$")
    alices.get_by_role("link", name="Confirm payment").click()
    assert_is_accessible(alices, "^Confirm payment of")
    alices.goto(f"{shop}{off_path(alice.pk)}")
    assert_is_accessible(alices, "^Turn off automatic top-up")
