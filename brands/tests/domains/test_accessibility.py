"""Every domain page with something on it, in a real browser, looked at by axe: light and dark, wide and narrow."""

import re

import pytest
from playwright.sync_api import expect

from brands.choosing import Chosen
from brands.exports.export import export
from brands.testing.rows import make_brand, make_brands
from devtools.testing.pages import enter, everywhere
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "a-rather-long-name-of-a-domain-that-alice-owns-since-many-years.com"


@pytest.fixture
def alices(page, shop, alice, settings, tmp_path):
    """alice's browser, signed in."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    enter(page, shop, "alice")
    return page


@pytest.fixture
def domains(alice):
    simulate_token_purchase(alice.pk, "pro")
    make_brand(alice, LONG, category_id="tech", brand_type="community", tier="business", tagline="Every word " * 18)
    make_brand(alice, "xn--pypal-4ve.com", name="Pаypal", is_lookalike=True, is_test=True, emoji="🌊")
    make_brands(alice, 6)


def assert_is_accessible(page, heading):
    expect(page.get_by_role("heading", level=1, name=re.compile(heading))).to_be_visible()
    assert everywhere(page) == {}


def test_the_page_of_someone_new(alices, shop):
    alices.goto(f"{shop}/domains/")
    expect(alices.locator("#next-domain")).to_contain_text("Free: the free plan")
    expect(alices.locator(".empty")).to_contain_text("Add your first one above")
    assert_is_accessible(alices, "^Domains$")


def test_the_page_with_domains_and_everything_unfolded(alices, shop, domains):
    alices.goto(f"{shop}/domains/?tick=all&q=a&sort=name")
    alices.get_by_text("Add details").click()
    expect(alices.get_by_label("Tagline")).to_be_visible()
    expect(alices.get_by_role("checkbox", checked=True)).to_have_count(2)
    assert_is_accessible(alices, "^Domains$")


def test_the_page_when_nothing_pays_for_another(alices, shop, alice):
    make_brands(alice, 10)
    alices.goto(f"{shop}/domains/?q=nothing-like-it")
    expect(alices.locator("#next-domain")).to_contain_text("your plan doesn't cover it")
    expect(alices.locator(".empty")).to_contain_text("No domains match")
    assert_is_accessible(alices, "^Domains$")
    way_out = alices.locator("#short-of-next").get_by_role("link", name="Upgrade to Pro for $5.00 a month")
    way_out.focus()
    alices.keyboard.press("Enter")
    assert_is_accessible(alices, "^Pro membership$")


def test_a_domain_that_is_none(alices, shop):
    alices.goto(f"{shop}/domains/")
    alices.get_by_label("Domain", exact=True).fill("localhost")
    alices.get_by_role("button", name="Add domain").click()
    expect(alices.locator(".errors")).to_contain_text("missing a suffix")
    assert_is_accessible(alices, "^Domains$")


def test_one_domain_with_all_that_is_said_of_it(alices, shop, alice, domains):
    brand = alice.brands.get(is_lookalike=True)
    alices.goto(f"{shop}/domains/{brand.pk}")
    expect(alices.locator(".notice-warning")).to_contain_text("several scripts")
    assert_is_accessible(alices, "xn--pypal-4ve.com")
    alices.get_by_role("link", name="Delete").click()
    assert_is_accessible(alices, "^Delete xn--pypal-4ve.com[?]$")


def test_deleting_several_asks_first(alices, shop, domains):
    alices.goto(f"{shop}/domains/?tick=all")
    alices.get_by_role("button", name="Delete").click()
    assert_is_accessible(alices, "^Delete 8 domains[?]$")


@pytest.mark.parametrize("exported", [0, 2])
def test_the_exports_of_the_day(alices, shop, alice, domains, exported):
    for number in range(exported):
        export(alice.pk, Chosen(tier="foundation" if number else ""), "csv")
    alices.goto(f"{shop}/domains/exports")
    expect(alices.locator("tbody tr")).to_have_count(exported)
    assert_is_accessible(alices, "^Exports$")


def test_by_keyboard_alone_a_domain_is_added_marked_and_exported(alices, shop, alice):
    simulate_token_purchase(alice.pk, "starter")
    alices.goto(f"{shop}/domains/")
    alices.get_by_label("Domain", exact=True).focus()
    alices.keyboard.type("ocean.com")
    alices.keyboard.press("Enter")
    expect(alices.get_by_text("ocean.com added. 1 token spent, 99 left.")).to_be_visible()
    alices.goto(f"{shop}/domains/")
    alices.get_by_role("checkbox", name="ocean.com").focus()
    alices.keyboard.press("Space")
    alices.get_by_role("button", name="Mark as test", exact=True).focus()
    alices.keyboard.press("Enter")
    expect(alices.get_by_text("1 domain marked as test.")).to_be_visible()
    alices.get_by_role("button", name="Export for 10 tokens").focus()
    alices.keyboard.press("Enter")
    expect(alices.get_by_role("heading", name="Exports")).to_be_visible()
    expect(alices.locator("#header-balance")).to_have_text("89 tokens")
    with alices.expect_download() as download:
        alices.get_by_role("link", name=re.compile("^Download CSV")).click()
    assert download.value.suggested_filename.endswith(".csv")
    assert "ocean.com" in download.value.path().read_text(encoding="utf-8-sig")
