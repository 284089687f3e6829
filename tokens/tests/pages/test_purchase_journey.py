"""The whole way of a purchase in a real browser, with webhooks that come by themselves."""

import re
import time

import pytest
from playwright.sync_api import expect

from devtools.testing.pages import confirm_address, everywhere, header_problems, sign_in, violations
from tokens.models import Purchase, StripeEvent
from tokens.testing.checkout_page import pay_by_card
from tokens.testing.ledger_rows import assert_books_are_right, entries_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def start_buying(page, shop, pack="Pro Pack"):
    sign_in(page, shop, "alice")
    page.get_by_role("button", name=f"Buy {pack}").click()
    page.wait_for_url("**/c/pay/*")


def expect_credit(page, alice, tokens):
    page.wait_for_url("**/tokens/success?session_id=cs_test_*")
    expect(page.locator("main")).to_contain_text(f"{tokens} tokens")
    expect(page.locator("#header-balance")).to_contain_text(str(tokens))
    assert entries_of(alice) == [("credit", tokens, tokens)]
    assert_books_are_right()


def test_a_newcomer_chooses_the_pro_pack_signs_up_and_buys_that_very_one(page, shop, django_user_model):
    page.goto(shop)
    page.get_by_role("link", name="See the packs").click()
    page.get_by_role("link", name="Buy Pro Pack").click()
    expect(page.locator("main")).to_contain_text("Pro Pack: 500 tokens for $40.00.")
    assert everywhere(page) == {}
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Email").first.fill("newcomer@example.com")
    page.get_by_label("Password", exact=True).fill("a-long-enough-phrase")
    page.get_by_label(re.compile("Password \\(again\\)")).fill("a-long-enough-phrase")
    page.locator("main").get_by_role("button", name="Sign up").click()
    confirm_address(page, shop, leads_to="**/tokens/purchase?package=pro")
    assert everywhere(page) == {}
    page.get_by_role("button", name="Buy Pro Pack").click()
    pay_by_card(page, "4242 4242 4242 4242")
    expect_credit(page, django_user_model.objects.get(username="newcomer"), 500)
    page.get_by_role("link", name=re.compile("your tokens", re.I)).first.click()
    expect(page.locator("#balance")).to_contain_text("500 tokens")


def test_the_webhook_alone_credits_a_buyer_who_never_comes_back(page, shop, alice):
    start_buying(page, shop)
    page.route("**/tokens/success**", lambda route: route.abort())
    pay_by_card(page, "4242424242424242")
    give_up_at = time.monotonic() + 5
    while not entries_of(alice) and time.monotonic() < give_up_at:
        page.wait_for_timeout(50)
    assert entries_of(alice) == [("credit", 500, 500)]
    assert StripeEvent.objects.get(type="checkout.session.completed").status == "done"


def test_a_declined_card_leaves_the_page_open_for_another(page, shop, alice):
    start_buying(page, shop)
    pay_by_card(page, "4000000000000002")
    expect(page.get_by_role("alert")).to_contain_text("declined")
    assert entries_of(alice) == []
    pay_by_card(page, "4242424242424242")
    expect_credit(page, alice, 500)


def test_one_click_with_link_buys(page, shop, alice):
    start_buying(page, shop, "Starter Pack")
    page.get_by_role("button", name="Pay with Link").click()
    expect_credit(page, alice, 100)


def test_three_d_secure_is_approved_on_a_second_page(page, shop, alice):
    start_buying(page, shop)
    pay_by_card(page, "4000002760003184")
    page.get_by_role("button", name=re.compile("approve|complete", re.I)).click()
    expect_credit(page, alice, 500)


def test_three_d_secure_refused_leaves_the_page_open(page, shop, alice):
    start_buying(page, shop)
    pay_by_card(page, "4000002760003184")
    page.get_by_role("button", name=re.compile("fail", re.I)).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert entries_of(alice) == []


def test_cancelling_charges_nothing_and_keeps_the_choice(page, shop, alice):
    start_buying(page, shop)
    page.get_by_role("link", name=re.compile("cancel|back", re.I)).click()
    page.wait_for_url("**/tokens/cancel**")
    expect(page.get_by_role("button", name="Buy Pro Pack")).to_be_visible()
    assert entries_of(alice) == []
    page.get_by_role("button", name="Buy Pro Pack").click()
    pay_by_card(page, "4242424242424242")
    expect_credit(page, alice, 500)
    assert Purchase.objects.count() == 1


def test_a_page_that_was_paid_in_one_tab_cannot_be_paid_in_another(page, shop, alice):
    start_buying(page, shop)
    hosted = page.url
    pay_by_card(page, "4242424242424242")
    expect_credit(page, alice, 500)
    page.goto(hosted)
    expect(page.get_by_role("button", name=re.compile(r"^Pay \$"))).to_have_count(0)


def test_it_all_works_without_javascript(browser, shop, alice):
    page = browser.new_context(java_script_enabled=False).new_page()
    start_buying(page, shop)
    pay_by_card(page, "4242424242424242")
    expect_credit(page, alice, 500)


@pytest.mark.parametrize(
    "address", ["/", "/tokens/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/tokens/cancel"]
)
def test_what_anybody_may_open_is_accessible_in_light_and_dark_wide_and_narrow(page, shop, address):
    """What comes after signing in is looked at in test_accessibility.py, the hosted page in the sandbox's own."""
    page.goto(shop + address)
    assert everywhere(page) == {}


def test_the_accessibility_check_finds_a_planted_violation(page, shop):
    page.goto(f"{shop}/tokens/")
    assert violations(page) == []
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/x.png\"><p id=pale>pale</p>')"
    )
    page.evaluate("Object.assign(document.querySelector('#pale').style, {color: '#ccc', background: '#fff'})")
    assert [found.split(":")[0] for found in violations(page)] == ["color-contrast", "image-alt"]


def test_the_look_at_the_header_finds_one_that_is_too_high_or_has_a_lonely_item(page, shop):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{shop}/")
    assert header_problems(page, is_narrow=True) == []
    page.evaluate("document.querySelector('.sandbox').style.height = '3rem'")
    assert header_problems(page, is_narrow=True) != header_problems(page, is_narrow=False) == []
    page.evaluate("Object.assign(document.querySelector('.top nav ul').style, {flexWrap: 'wrap', width: '17rem'})")
    assert header_problems(page, is_narrow=False) == ["rows of the menu: [3, 1]"]


WIDTH_OF_THE_HEADING = """() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector("h1"));
    return range.getBoundingClientRect().width;
}"""


def test_text_is_really_drawn_so_that_contrast_can_be_measured(page, shop):
    page.goto(f"{shop}/tokens/")
    assert page.evaluate(WIDTH_OF_THE_HEADING) > 10
