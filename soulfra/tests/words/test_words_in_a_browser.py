"""On no page a word is broken while there is room for it: wide, narrow and in between."""

import pytest
from django.urls import reverse

from accounts import api_keys
from brands.testing.rows import make_analysis, make_brand
from devtools.testing.pages import broken_words, enter
from tokens.models import Purchase
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.tests.conftest import shop

__all__ = ["shop"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ["/tokens/", "/tokens/purchases", "/tokens/usage", "/domains/", "/domains/exports", "/membership/"]
PAGES += ["/accounts/api-keys/", "/accounts/notifications/", "/accounts/email/", "/domains/import"]

ROWS = """domain,name
newexample.com,New
example.com,Mine
https://www.somethingcompletelydifferent.org/path,Other
notadomain,None
newexample.com,Again
"""


@pytest.fixture
def rich(alice):
    """alice, whose names are long and without a space to break at."""
    purchase = simulate_token_purchase(alice.pk, "pro")
    Purchase.objects.filter(pk=purchase.pk).update(paid_cents=2000, status="partially_refunded", reversed_cents=1000)
    for domain in ("example.com", "internationalisation.example", "bestcoffeeroasters.co.uk"):
        spend(alice.pk, "import_domain", metadata={"domain": domain, "note": "averageword " * 6})
        brand = make_brand(alice, domain, tagline="Everything about internationalisation and more of it")
    make_analysis(brand)
    api_keys.issue(alice, name="continuousintegration")
    Purchase.objects.filter(pk=purchase.pk).update(paid_cents=4000, status="completed", reversed_cents=0)
    return brand


def test_no_word_is_broken_while_there_is_room(page, shop, alice, rich):
    enter(page, shop, "alice")
    broken: dict[str, list[str]] = {}
    for path in [*PAGES, reverse("brands:detail", args=[rich.pk])]:
        page.goto(f"{shop}{path}")
        broken |= broken_words(page)
    page.goto(f"{shop}/domains/import")
    page.set_input_files("input[type=file]", {"name": "mine.csv", "mimeType": "text/csv", "buffer": ROWS.encode()})
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("heading", name="Rows").wait_for()
    broken |= broken_words(page)
    assert broken == {}


def test_no_word_of_the_back_office_is_broken_while_there_is_room(page, shop, alice, staff, rich):
    enter(page, shop, staff.username)
    broken: dict[str, list[str]] = {}
    lists = [reverse(f"admin:{name}_changelist") for name in ("tokens_purchase", "brands_brand", "brands_analysis")]
    customer = reverse("admin:accounts_user_change", args=[alice.pk])
    tabs = [f"{customer}?tab={tab}" for tab in ("purchases", "domains", "usage")]
    for path in [reverse("admin:index"), customer, *tabs, *lists]:
        page.goto(f"{shop}{path}")
        broken |= broken_words(page)
    assert broken == {}
