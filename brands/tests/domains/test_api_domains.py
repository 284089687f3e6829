"""The API of domains: import, list, read, change, remove. Whole answers, compared with ==."""

import pytest
from rest_framework.test import APIClient

from brands import editing
from brands.models import Brand
from brands.testing.domain_api import DOMAINS, OCEAN, without_times
from brands.testing.rows import make_analysis, make_brand, make_brands
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold

pytestmark = pytest.mark.django_db


def domains_of(answer):
    return [row["domain"] for row in answer.json()["domains"]]


# --- the list ------------------------------------------------------------------------------


def test_the_list_shows_only_ones_own_newest_first_and_nothing_that_is_staged(api, alice, bob):
    for domain in ("first.com", "second.com"):
        make_brand(alice, domain)
    make_brand(alice, "staged.com", is_staged=True)
    make_brand(bob, "bobs.com")
    answer = api(alice).get(DOMAINS)
    assert domains_of(answer) == ["second.com", "first.com"]
    assert (answer.json()["count"], answer.json()["next"]) == (2, None)
    row = answer.json()["domains"][1]
    assert without_times(row) == {**OCEAN, "domain": "first.com", "name": "First", "slug": "first", "paid_by": "free"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"tier": "creative"}, ["b.com"]),
        ({"category": "tech"}, ["c.com", "a.com"]),
        ({"type": "blog"}, ["a.com"]),
        ({"is_test": "true"}, ["c.com"]),
        ({"is_test": "false", "category": "tech"}, ["a.com"]),
        ({"q": "WAVE"}, ["b.com"]),
        ({"q": "bücher"}, ["xn--bcher-kva.de"]),
        ({"q": "B.co"}, ["b.com"]),
        ({"q": "nowhere"}, []),
        ({"tier": ""}, ["xn--bcher-kva.de", "c.com", "b.com", "a.com"]),
    ],
)
def test_the_list_can_be_filtered(api, alice, asked, found):
    make_brand(alice, "a.com", category_id="tech", brand_type="blog")
    make_brand(alice, "b.com", tier="creative", tagline="On the wave")
    make_brand(alice, "c.com", category_id="tech", is_test=True)
    make_brand(alice, "xn--bcher-kva.de", name="Books")
    assert domains_of(api(alice).get(DOMAINS, asked)) == found


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"tier": "gold"}, "Unknown tier “gold”. Use: foundation, business, creative."),
        ({"type": "shop"}, "Unknown type “shop”. Use: blog, game, community, platform, directory."),
        ({"is_test": "perhaps"}, "is_test: Must be true or false."),
        ({"q": "\0"}, "q: Null characters are not allowed."),
        (
            {"test": "true"},
            "test: Unknown query parameter. Use: limit, cursor, tier, category, type, is_test, q.",
        ),
        ({"q": "x" * 201}, "Search for up to 200 characters of text."),
    ],
)
def test_a_filter_that_does_not_exist_is_a_400_that_names_those_that_do(api, alice, asked, detail):
    answer = api(alice).get(DOMAINS, asked)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


def test_pages_follow_each_other_and_keep_the_filter(api, alice):
    make_brands(alice, 5, tier="creative")
    make_brand(alice)
    seen, address = [], f"{DOMAINS}?tier=creative&limit=2"
    while address:
        answer = api(alice).get(address)
        seen += domains_of(answer)
        address = answer.json()["next"]
    assert seen == [f"site{index:06}.com" for index in (4, 3, 2, 1, 0)]


def test_the_list_costs_the_same_statements_whatever_its_length(api, alice, django_assert_num_queries):
    client = api(alice)
    for more in (1, 2):
        make_brands(alice, more, category_id="tech")
        client.get(DOMAINS)
        with django_assert_num_queries(2):
            client.get(DOMAINS)


# --- one of them ------------------------------------------------------------------------------


def test_one_can_be_read_changed_and_removed(api, alice):
    brand = make_brand(alice)
    address = f"{DOMAINS}/{brand.pk}"
    assert without_times(api(alice).get(address).json()) == {**OCEAN, "paid_by": "free"}
    changed = api(alice).patch(address, {"name": "Ocean Dreams", "category": "tech", "is_test": True})
    assert changed.status_code == 200
    expected = {"name": "Ocean Dreams", "slug": "ocean-dreams", "category": "tech", "is_test": True, "paid_by": "free"}
    assert without_times(changed.json()) == {**OCEAN, **expected}
    assert api(alice).patch(address, {"category": None}).json()["category"] is None
    assert api(alice).delete(address).status_code == 204
    assert api(alice).get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"domain": "sea.com"}, "domain: A domain can't be changed. Import the other domain instead."),
        ({"name": ""}, "name: This field may not be blank."),
        ({"category": "fishing"}, "Unknown category “fishing”"),
        ({"tagline": "x" * 201}, "tagline: Ensure this field has no more than 200 characters."),
    ],
)
def test_a_change_that_cannot_be_is_a_400_and_changes_nothing(api, alice, body, detail):
    brand = make_brand(alice)
    answer = api(alice).patch(f"{DOMAINS}/{brand.pk}", {"tier": "creative", **body})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)
    brand.refresh_from_db()
    assert (brand.domain, brand.tier) == ("ocean.com", "foundation")


@pytest.mark.parametrize("verb", ["get", "patch", "delete"])
def test_another_users_domain_is_not_found_and_not_touched(api, alice, bob, verb):
    brand = make_brand(bob)
    answer = getattr(api(alice), verb)(f"{DOMAINS}/{brand.pk}")
    assert (answer.status_code, answer.json()["detail"]) == (404, f"You have no domain {brand.pk}.")
    assert Brand.objects.of(bob.pk).count() == 1


def test_removing_one_frees_a_place_and_gives_back_what_its_analysis_holds(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    brand = make_brand(alice)
    make_analysis(brand, status="running", hold=hold(alice, "ai_analysis"))
    assert get_token_balance(alice.pk) == 95
    assert api(alice).delete(f"{DOMAINS}/{brand.pk}").status_code == 204
    assert (get_token_balance(alice.pk), Brand.objects.count()) == (100, 0)


def test_nobody_removes_what_is_not_theirs_whatever_ids_are_given(alice, bob):
    mine, bobs = make_brand(alice), make_brand(bob)
    assert editing.remove(alice.pk, [mine.pk, bobs.pk]) == 1
    assert list(Brand.objects.all()) == [bobs]


@pytest.mark.parametrize("path", [DOMAINS, f"{DOMAINS}/1"])
def test_a_stranger_is_sent_to_sign_in(path):
    assert APIClient().get(path).status_code == 401
