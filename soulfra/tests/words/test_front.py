"""The front page says what is sold at the prices of the rows, whatever staff make of them."""

import re

import pytest

from brands.details import TIERS
from brands.models import Brand
from memberships.models import Plan
from tokens.models import ActionCost, TokenPackage

pytestmark = pytest.mark.django_db


def words(client, **asked):
    page = client.get("/", asked).content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_tokens_stand_beside_memberships_at_the_shipped_prices(client):
    said = words(client)
    assert "$0.10 once, for 1 token" in said
    assert "$10.00 buys 100 tokens" in said
    assert "Down to $0.07 a domain with the Premium Pack" in said
    assert "$5.00 a month for 50 domains" in said
    assert "Premium : any number for $10.00 a month" in said
    assert "Without tokens, your first 10 domains are free." in said
    assert "1 token a domain, or your plan" in said
    assert "5 tokens a domain" in said
    assert "10 tokens a file" in said


def test_the_figures_follow_the_rows(client):
    TokenPackage.objects.filter(key="starter").update(price_cents=1500)
    ActionCost.objects.filter(key="import_domain").update(tokens=2)
    Plan.objects.filter(key="pro").update(price_cents=1200, domain_limit=1500)
    Plan.objects.filter(key="free").update(domain_limit=3)
    said = words(client)
    assert "$0.30 once, for 2 tokens" in said
    assert "2 tokens import one domain" in said
    assert "Down to $0.14 a domain" in said
    assert "$10.00 a month for any number of domains" in said  # Premium is the one with the lowest price now
    assert "Without tokens, your first 3 domains are free." in said
    Plan.objects.filter(key="premium").update(is_active=False)
    assert "$12.00 a month for 1,500 domains" in words(client)


def test_what_is_not_sold_is_not_offered(client):
    Plan.objects.exclude(key="free").update(is_active=False)
    assert "A membership, by the month" not in words(client)
    TokenPackage.objects.update(is_active=False)
    said = words(client)
    assert "Tokens, as you go" not in said
    assert "Without tokens, your first 10 domains are free." in said


def test_with_one_pack_nothing_is_said_of_a_better_price(client):
    TokenPackage.objects.exclude(key="pro").update(is_active=False)
    said = words(client)
    assert "$0.08 once, for 1 token" in said
    assert "Down to" not in said


def test_every_tier_is_explained(client):
    said = words(client)
    assert list(TIERS) == list(Brand.Tier)
    for tier, meaning in TIERS.items():
        assert f"{tier.label} {meaning}" in said.replace("&#x27;", "'")


def test_the_picture_is_drawn_by_us_and_has_words_for_it(client):
    page = client.get("/").content.decode()
    assert re.search(r'<svg class="picture"[^>]*role="img"\s+aria-labelledby="picture-title"', page)
    assert "style=" not in page


def test_customers_are_led_to_their_tokens_and_the_name_of_the_shop_leads_strangers_here(client, alice):
    assert 'class="brand"\n       href="/"' in client.get("/tokens/").content.decode()
    client.force_login(alice)
    assert client.get("/")["Location"] == "/tokens/"
    assert 'class="brand"\n       href="/tokens/"' in client.get("/tokens/").content.decode()
