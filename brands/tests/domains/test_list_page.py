"""The list of domains: searched, filtered, sorted, in pages, and many at once."""

from urllib.parse import parse_qsl

import pytest

from brands.models import Brand
from brands.testing.domain_pages import HOME, listed, text_of, told
from brands.testing.rows import make_brand, make_brands
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


# --- the list --------------------------------------------------------------------------------------


@pytest.fixture
def some(alice, bob):
    make_brand(alice, "b.com", name="Zebra", tier="creative", category_id="tech")
    make_brand(alice, "c.com", name="Antelope", brand_type="blog", is_test=True)
    make_brand(alice, "a.com", name="Mouse")
    make_brand(alice, "staged.com", is_staged=True)
    make_brand(bob, "bobs.com")


@pytest.mark.parametrize(
    ("asked", "domains"),
    [
        ({}, ["a.com", "c.com", "b.com"]),
        ({"sort": "oldest"}, ["b.com", "c.com", "a.com"]),
        ({"sort": "name"}, ["c.com", "a.com", "b.com"]),
        ({"sort": "domain"}, ["a.com", "b.com", "c.com"]),
        ({"tier": "creative"}, ["b.com"]),
        ({"category": "tech", "is_test": "false"}, ["b.com"]),
        ({"type": "blog"}, ["c.com"]),
        ({"is_test": "true"}, ["c.com"]),
        ({"q": "zeb"}, ["b.com"]),
        ({"q": "bobs"}, []),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(alice_page, some, asked, domains):
    assert listed(alice_page.get(HOME, asked)) == domains


def test_a_search_says_how_many_fit(alice_page, some):
    page = text_of(alice_page.get(HOME, {"is_test": "false"}))
    assert "2 of 3 match" in page
    assert "No domains match. Change your search" in text_of(alice_page.get(HOME, {"q": "nowhere"}))


def test_a_filter_that_does_not_exist_is_a_page_that_says_so(alice_page):
    response = alice_page.get(HOME, {"tier": "gold"})
    assert response.status_code == 400
    assert "Unknown tier “gold”" in text_of(response)


@pytest.mark.parametrize("sort", ["newest", "oldest", "name", "domain"])
def test_pages_follow_each_other_in_every_order_and_keep_the_filter(alice_page, alice, sort):
    make_brands(alice, 120, tier="creative")
    Brand.objects.update(name="The same")
    make_brand(alice)
    seen, asked = [], {"sort": sort, "tier": "creative"}
    while asked:
        page = alice_page.get(HOME, asked).context["page"]
        seen += [brand.domain for brand in page.brands]
        asked = dict(parse_qsl(page.next_url.removeprefix("?")))
    domains = [f"site{index:06}.com" for index in range(120)]
    assert seen == (domains[::-1] if sort == "newest" else domains)


def test_the_page_costs_the_same_statements_whatever_the_number(alice_page, alice, django_assert_max_num_queries):
    simulate_token_purchase(alice.pk, "starter")
    numbers = []
    for more in (1, 2, 60):
        make_brands(alice, more, category_id="tech")
        with django_assert_max_num_queries(16) as captured:
            alice_page.get(HOME)
        numbers.append(len(captured))
    assert len(set(numbers)) == 1


def test_all_boxes_of_a_page_can_be_ticked_without_a_script(alice_page, some):
    assert alice_page.get(HOME).content.decode().count('name="ids"') == 3
    assert "checked" not in alice_page.get(HOME).content.decode()
    assert alice_page.get(HOME, {"tick": "all"}).content.decode().count("checked>") == 3


# --- many at once -----------------------------------------------------------------------------------


def ids_of(*users):
    return [brand.pk for user in users for brand in Brand.objects.of(user.pk)]


def test_ticked_domains_are_marked_as_test_and_back(alice_page, alice, bob):
    for user in (alice, bob):
        make_brands(user, 2)
    ticked = ids_of(alice, bob)
    assert told(alice_page.post(f"{HOME}many", {"ids": ticked, "act": "test"})) == ["2 domains marked as test."]
    assert sorted(Brand.objects.filter(is_test=True).values_list("pk", flat=True)) == sorted(ids_of(alice))
    said = told(alice_page.post(f"{HOME}many", {"ids": ticked[:1], "act": "not_test"}))
    assert said[-1] == "1 domain no longer marked as test."
    assert Brand.objects.filter(is_test=True).count() == 1


def test_marking_leads_back_to_the_list_as_it_was_filtered(alice_page, some, alice):
    shown = alice_page.get(HOME, {"tier": "creative", "q": "b", "tick": "all"}).context["shown"]
    sent = {"ids": ids_of(alice), "act": "test", "shown": shown}
    assert alice_page.post(f"{HOME}many", sent)["Location"] == f"{HOME}?q=b&tier=creative"
    assert alice_page.post(f"{HOME}many", {**sent, "shown": "//evil.com\r\nX: y"})["Location"].startswith(f"{HOME}?")


def test_deleting_many_asks_first_and_deletes_only_ones_own(alice_page, alice, bob):
    for user in (alice, bob):
        make_brands(user, 2)
    ticked = ids_of(alice, bob)
    asked = alice_page.post(f"{HOME}many", {"ids": ticked, "act": "delete"})
    assert "Delete 2 domains?" in text_of(asked)
    assert Brand.objects.count() == 4
    assert told(alice_page.post(f"{HOME}delete", {"ids": ticked})) == ["2 domains deleted."]
    assert ids_of(alice, bob) == ids_of(bob)


@pytest.mark.parametrize("sent", [{"act": "test"}, {"act": "delete", "ids": ["x", "9" * 30, "0"]}, {"act": "fly"}])
def test_nothing_ticked_says_what_to_do(alice_page, sent):
    assert told(alice_page.post(f"{HOME}many", sent)) == ["Select at least one domain."]


# --- what an address may say -------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("tier=gold", "Unknown tier “gold”. Use: foundation, business, creative."),
        ("is_test=maybe", "is_test must be “true” or “false”, not “maybe”."),
        ("sort=price", "Unknown order “price”. Use: newest, oldest, name, domain."),
        ("after=abc", "This page doesn&#x27;t exist."),
        ("after=", "This page doesn&#x27;t exist."),
        ("after=~", "This page doesn&#x27;t exist."),
        ("after=99999999999999999999~x", "This page doesn&#x27;t exist."),
        ("after=٥", "This page doesn&#x27;t exist."),
        ("sort=name&after=5~%00", "This page doesn&#x27;t exist."),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words(alice_page, asked, said):
    answer = alice_page.get(f"{HOME}?{asked}")
    assert (answer.status_code, said in answer.content.decode()) == (400, True)


def test_what_others_add_to_an_address_does_no_harm(alice_page, alice):
    make_brand(alice)
    assert listed(alice_page.get(f"{HOME}?utm_source=letter&sort=&tier=")) == ["ocean.com"]
