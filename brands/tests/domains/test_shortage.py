"""What can't be paid says so where its button would be, and leads to the smallest pack, or to a plan that helps."""

import re

import pytest

from brands.analysis.running import analyze
from brands.bulk_import.start import save_quote
from brands.testing.csv_files import csv_with
from brands.testing.csv_pages import page_of, words
from brands.testing.domain_pages import HOME, text_of
from brands.testing.rows import free_ones, make_brand
from memberships.models import Membership, Plan
from memberships.preferences import choose_payment_order
from tokens.models import TokenPackage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import make_lot
from tokens.testing.reversal_rows import refund

pytestmark = pytest.mark.django_db


def part(page, id):
    """What stands in the place of a button, in words and with its links; empty where the button is."""
    found = re.search(rf'<div class="notice notice-warning short" id="{id}">(.*?)</div>', page.content.decode(), re.S)
    said = found[1] if found else ""
    return " ".join(re.sub(r"<[^>]+>", " ", said).split()), re.findall(r'href="([^"]+)"', said)


@pytest.fixture
def full(alice):
    """alice has every domain that the free plan covers, and no tokens."""
    free_ones(alice, 10)


def test_another_domain_leads_to_the_smallest_pack_and_to_the_plan_that_covers_it(alice_page, full):
    page = alice_page.get(HOME)
    said, links = part(page, "short-of-next")
    assert said.startswith("Another domain costs 1 token. You have 0, so you are 1 token short .")
    assert "Buy Starter Pack for $10.00 Upgrade to Pro for $5.00 a month" in said
    assert links == ["/tokens/purchase?package=starter", "/membership/checkout?plan=pro"]
    assert "Add domain</button>" not in page.content.decode()


def test_what_can_be_paid_has_its_button_and_nothing_else(alice_page, alice, full):
    make_lot(alice, tokens=10)
    page = alice_page.get(HOME)
    assert "Add domain</button>" in page.content.decode()
    assert "Export for 10 tokens</button>" in page.content.decode()
    assert "Analyse (rule-based)</button>" in page.content.decode()
    assert "short" not in re.findall(r'id="([^"]+)"', page.content.decode())
    assert part(page, "short-of-export") == ("", [])


@pytest.mark.parametrize("tokens", [0, 9])
def test_an_export_is_never_a_reason_to_upgrade(alice_page, alice, full, tokens):
    if tokens:
        make_lot(alice, tokens=tokens)
    page = alice_page.get(HOME)
    said, links = part(page, "short-of-export")
    assert f"You have {tokens}, so you are {counted(10 - tokens)} short ." in said
    assert links == ["/tokens/purchase?package=starter"]
    assert "Export for 10 tokens</button>" not in page.content.decode()


def counted(number):
    return f"{number} token{'' if number == 1 else 's'}"


def test_an_analysis_neither(alice_page, alice):
    brand = make_brand(alice)
    make_lot(alice, tokens=4)
    page = alice_page.get(f"{HOME}{brand.pk}")
    assert part(page, "short-of-analysis") == (
        "An analysis costs 5 tokens. You have 4, so you are 1 token short . Buy Starter Pack for $10.00",
        ["/tokens/purchase?package=starter"],
    )
    assert f'action="{HOME}{brand.pk}/analyze"' not in page.content.decode()
    home = alice_page.get(HOME).content.decode()
    assert re.search(r'href="/tokens/purchase\?package=starter">Buy Starter Pack to analyse', home)
    assert "Analyse</button>" not in home


def test_a_free_analysis_is_never_short(alice_page, alice, settings):
    settings.RULES_ANALYSIS_COSTS = False
    brand = make_brand(alice)
    assert part(alice_page.get(f"{HOME}{brand.pk}"), "short-of-analysis") == ("", [])
    assert analyze(alice.pk, brand.pk).status == "done"


def test_a_debt_is_repaid_first_so_a_larger_pack_is_needed(alice_page, alice, full):
    bought = simulate_token_purchase(alice.pk, "pro")
    for _ in range(50):
        spend(alice, "data_export")
    refund(bought, 1600)
    said, links = part(alice_page.get(HOME), "short-of-next")
    assert "You have 0 and owe 200, so you are 201 tokens short" in said
    assert links[0] == "/tokens/purchase?package=pro"
    refused = alice_page.post(f"{HOME}add", {"domain": "ocean.com", "tier": "foundation"})
    assert "/tokens/purchase?package=pro" in refused.content.decode()


def test_where_no_pack_is_large_enough_all_are_shown(alice_page, full):
    TokenPackage.objects.update(is_active=False)
    assert part(alice_page.get(HOME), "short-of-next")[1][0] == "/tokens/#packs"


def test_a_member_is_offered_the_next_plan_and_one_on_the_largest_none(alice_page, alice):
    Membership.objects.create(user=alice, tier_id="pro")
    free_ones(alice, 50)
    assert part(alice_page.get(HOME), "short-of-next")[1][1:] == ["/membership/checkout?plan=premium"]
    Plan.objects.filter(key="premium").update(domain_limit=50, price_cents=900)
    assert part(alice_page.get(HOME), "short-of-next")[1] == ["/tokens/purchase?package=starter"]
    Plan.objects.filter(key="premium").update(domain_limit=51, is_active=False)
    assert part(alice_page.get(HOME), "short-of-next")[1] == ["/tokens/purchase?package=starter"]


def test_suspended_spending_is_said_and_nothing_is_sold(alice_page, alice, full):
    make_lot(alice, tokens=100)
    Wallet.objects.update(blocked_at="2026-11-01T00:00Z")
    for id in ("short-of-next", "short-of-export"):
        said, links = part(alice_page.get(HOME), id)
        assert said.startswith("Spending is suspended for this account.")
        assert links == []


def test_ones_own_limit_is_said_before_the_click_and_no_pack_is_sold_for_it(alice_page, alice, full):
    make_lot(alice, tokens=100)
    Wallet.objects.update(day_limit=0)
    home, brand = alice_page.get(HOME), alice.brands.first()
    for page, id in (
        (home, "short-of-next"),
        (home, "short-of-export"),
        (alice_page.get(f"{HOME}{brand.pk}"), "short-of-analysis"),
    ):
        said, links = part(page, id)
        assert "your daily limit of 0" in said
        assert links[0] == "/tokens/limits"
        assert "purchase" not in " ".join(links)
    assert part(home, "short-of-next")[1][1:] == ["/membership/checkout?plan=pro"]
    asked = alice_page.post(f"{HOME}analyze", {"ids": [brand.pk]})
    assert part(asked, "short-of-analyses")[1] == ["/tokens/limits"]
    review = words(page_of(alice_page, save_quote(alice.pk, csv_with(5))))
    assert "your daily limit of 0" in review
    assert "Change your limits" in review
    assert "tokens short" not in review
    refused = alice_page.post(f"{HOME}{brand.pk}/analyze")
    assert (refused.status_code, "Change your limits" in text_of(refused), "Buy" in text_of(refused)) == (
        402,
        True,
        False,
    )


@pytest.mark.parametrize(("rows", "plan"), [(40, "pro"), (41, "premium"), (150, "premium")])
def test_a_file_names_the_plan_that_covers_all_of_it(alice_page, alice, full, rows, plan):
    page = page_of(alice_page, save_quote(alice.pk, csv_with(rows)))
    assert f"Upgrade to {plan.capitalize()} for" in words(page)
    assert f'href="/membership/checkout?plan={plan}"' in page.content.decode()
    pack = "starter" if rows < 99 else "pro"
    assert f'href="/tokens/purchase?package={pack}"' in page.content.decode()


def test_a_file_that_no_plan_covers_offers_none(alice_page, alice, full):
    Plan.objects.filter(key="premium").update(domain_limit=60)
    assert "Upgrade" not in words(page_of(alice_page, save_quote(alice.pk, csv_with(51))))


def test_what_pays_is_changed_in_the_review_which_is_worked_out_anew(alice_page, alice):
    make_lot(alice, tokens=100)
    quoted = save_quote(alice.pk, csv_with(5))
    page = page_of(alice_page, quoted)
    assert "Change what pays" in words(page)
    assert "Import 5 domains for 7 tokens" in words(page)
    address = page.wsgi_request.path
    assert f'name="next" value="{address}"' in page.content.decode()
    form = {"payment_order": "membership_first", "next": address}
    assert alice_page.post("/membership/payment-order", form)["Location"] == address
    assert "Paid by the free plan 5 domains" in words(page_of(alice_page, quoted))


def test_a_refusal_that_was_not_foreseen_leads_to_the_same(alice_page, alice, full):
    brand = alice.brands.first()
    added = alice_page.post(f"{HOME}add", {"domain": "ocean.com", "tier": "foundation"})
    analysed = alice_page.post(f"{HOME}{brand.pk}/analyze")
    exported = alice_page.post(f"{HOME}exports", {"format": "csv", "form_key": "x" * 20})
    for answer in (added, analysed, exported):
        assert answer.status_code == 402
        assert 'href="/tokens/purchase?package=starter"' in answer.content.decode()
    assert 'href="/membership/checkout?plan=pro"' in added.content.decode()
    assert "Upgrade" not in text_of(analysed) + text_of(exported)


def test_a_plan_that_pays_first_is_counted_as_it_would_pay(alice_page, alice):
    choose_payment_order(alice.pk, "membership_first")
    free_ones(alice, 8)
    page = page_of(alice_page, save_quote(alice.pk, csv_with(5)))
    assert "This import costs 5 tokens. You have 0, so you are 5 tokens short ." in words(page)
    assert 'href="/membership/checkout?plan=pro"' in page.content.decode()
