"""What a customer's browser is given at /domains/; how it looks is for test_accessibility."""

import re

import pytest

from brands.models import Brand
from brands.testing.domain_pages import HOME, text_of, told
from brands.testing.rows import make_analysis, make_brand, make_brands
from memberships.models import Membership
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold

pytestmark = pytest.mark.django_db


def next_domain(page):
    found = re.search(r'id="next-domain">(.*?)</p>', page.content.decode(), re.S)
    assert found
    return " ".join(found[1].split())


# --- the widget ------------------------------------------------------------------------------


def test_someone_new_sees_a_free_place_and_what_to_do(alice_page):
    page = alice_page.get(HOME)
    assert "<strong>Free</strong>" in next_domain(page)
    assert "0 of 10 domains" in text_of(page)
    assert "No domains yet. Add your first one above" in text_of(page)
    assert "Export for" not in text_of(page)


def test_with_tokens_the_next_domain_costs_one(alice_page, alice):
    simulate_token_purchase(alice.pk, "starter")
    page = alice_page.get(HOME)
    assert "<strong>1 token</strong> from your balance" in next_domain(page)
    assert page.context["widget"].next.balance == 100


def test_a_member_who_spares_the_tokens_sees_that_the_membership_pays(alice_page, alice):
    simulate_token_purchase(alice.pk, "starter")
    Membership.objects.create(user=alice, tier_id="pro", payment_order="membership_first")
    page = alice_page.get(HOME)
    assert "Included in your <strong>Pro</strong> membership" in next_domain(page)
    assert "0 of 50 domains" in text_of(page)


def test_when_nothing_pays_the_widget_says_so(alice_page, alice):
    make_brands(alice, 10)
    page = alice_page.get(HOME)
    assert "you don't have enough tokens, and your plan doesn't cover it" in next_domain(page)
    assert 'href="/membership/#payment-order">Change what pays' in page.content.decode()


# --- adding ------------------------------------------------------------------------------------


def test_adding_says_what_paid_and_what_is_left(alice_page, alice):
    simulate_token_purchase(alice.pk, "starter")
    response = alice_page.post(f"{HOME}add", {"domain": "https://Ocean.com", "tier": "creative", "is_test": "on"})
    brand = Brand.objects.get()
    assert told(response, at=f"{HOME}{brand.pk}") == [
        "ocean.com added. 1 token spent, 99 left. We shortened https://Ocean.com to ocean.com."
    ]
    assert (brand.owner, brand.domain, brand.tier, brand.is_test, brand.name) == (
        alice,
        "ocean.com",
        "creative",
        True,
        "Ocean",
    )


def test_adding_what_one_has_says_that_nothing_was_charged(alice_page, alice):
    simulate_token_purchase(alice.pk, "starter")
    brand = make_brand(alice)
    response = alice_page.post(f"{HOME}add", {"domain": "ocean.com", "tier": "foundation"})
    assert told(response, at=f"{HOME}{brand.pk}") == ["You already have ocean.com; nothing was charged."]
    assert get_token_balance(alice.pk) == 100


@pytest.mark.parametrize(
    ("given", "said"),
    [({"domain": "localhost"}, "missing a suffix"), ({"domain": ""}, "required"), ({"tier": "gold"}, "not one of")],
)
def test_what_cannot_be_added_is_said_beside_the_field(alice_page, given, said):
    response = alice_page.post(f"{HOME}add", {"domain": "ocean.com", "tier": "foundation", **given})
    assert response.status_code == 400
    assert said in text_of(response)
    assert not Brand.objects.exists()


def test_when_nothing_pays_a_page_says_what_to_buy(alice_page, alice):
    make_brands(alice, 10)
    response = alice_page.post(f"{HOME}add", {"domain": "ocean.com", "tier": "foundation"})
    assert response.status_code == 402
    assert "Buy tokens or upgrade subscription. Nothing was charged" in text_of(response)
    assert Brand.objects.count() == 10


# --- one domain --------------------------------------------------------------------------------------


def test_what_is_said_of_a_domain_can_be_changed(alice_page, alice):
    brand = make_brand(alice)
    address = f"{HOME}{brand.pk}"
    said = {"name": "Ocean Dreams", "tier": "business", "category": "tech", "tagline": "Waves", "is_test": "on"}
    assert told(alice_page.post(address, said), at=address) == ["Changes saved."]
    brand.refresh_from_db()
    assert (brand.name, brand.slug, brand.tier, brand.category_id, brand.tagline, brand.is_test, brand.domain) == (
        "Ocean Dreams",
        "ocean-dreams",
        "business",
        "tech",
        "Waves",
        True,
        "ocean.com",
    )
    assert alice_page.get(address).context["form"].initial["category"] == "tech"


def test_a_name_that_is_missing_is_said_beside_the_field(alice_page, alice):
    brand = make_brand(alice)
    response = alice_page.post(f"{HOME}{brand.pk}", {"name": "", "tier": "business"})
    assert response.status_code == 400
    brand.refresh_from_db()
    assert brand.tier == "foundation"


def test_removing_one_asks_first_and_gives_back_what_its_analysis_holds(alice_page, alice):
    simulate_token_purchase(alice.pk, "starter")
    brand = make_brand(alice)
    make_analysis(brand, status="queued", hold=hold(alice, "ai_analysis"))
    assert "Delete ocean.com?" in text_of(alice_page.get(f"{HOME}{brand.pk}/delete"))
    assert told(alice_page.post(f"{HOME}{brand.pk}/delete")) == ["ocean.com deleted."]
    assert (Brand.objects.count(), get_token_balance(alice.pk)) == (0, 100)


@pytest.mark.parametrize("path", ["", "/delete"])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_another_users_domain_is_not_found(alice_page, bob, path, verb):
    brand = make_brand(bob)
    assert getattr(alice_page, verb)(f"{HOME}{brand.pk}{path}", {"name": "Mine"}).status_code == 404
    brand.refresh_from_db()
    assert brand.name == "Ocean"


@pytest.mark.parametrize(
    ("tagline", "line"),
    [("", "Ocean"), ("Deep and wide", "Ocean: Deep and wide"), ("Ocean, in one word", "Ocean, in one word"),
     ("OCEAN: deep", "OCEAN: deep")],
)  # fmt: skip
def test_a_tagline_that_begins_with_the_name_stands_alone(alice_page, alice, tagline, line):
    brand = make_brand(alice, tagline=tagline)
    assert f'<p class="lead">{line}</p>' in alice_page.get(f"{HOME}{brand.pk}").content.decode()
    assert f"<small>{line}</small>" in alice_page.get(HOME).content.decode()


# --- doors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "add", "many", "delete", "exports", "1", "1/delete"])
def test_a_stranger_is_asked_to_sign_in(client, path):
    assert client.get(HOME + path)["Location"].startswith("/accounts/login/")
    assert not path or client.post(HOME + path)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", ["add", "many", "delete"])
def test_coming_back_by_way_of_the_sign_in_page_leads_to_the_domains(alice_page, path):
    assert alice_page.get(HOME + path)["Location"] == HOME


def test_domains_stand_in_the_header_of_every_page_and_on_the_answer_to_a_purchase(sandbox, alice_page, alice):
    assert '<a href="/domains/"' in alice_page.get("/tokens/").content.decode()
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    page = alice_page.get("/tokens/success", {"session_id": purchase.stripe_checkout_session_id})
    assert "Go to your domains" in text_of(page)
