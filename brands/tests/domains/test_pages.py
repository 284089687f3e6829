"""What a customer's browser is given at /domains/; how it looks is for test_accessibility."""

import re
from urllib.parse import parse_qsl

import pytest

from brands.models import Brand, Export
from brands.testing.rows import make_analysis, make_brand, make_brands
from memberships.models import Membership
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold

pytestmark = pytest.mark.django_db

HOME = "/domains/"


def text_of(response):
    """The words of the page as a reader sees them."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def listed(response):
    return [brand.domain for brand in response.context["page"].brands]


def told(response, *, at=HOME):
    """Where a POST led, and what is said there."""
    assert (response.status_code, response["Location"]) == (303, at)
    return [str(message) for message in response.wsgi_request._messages]


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


def test_when_nothing_pays_the_widget_leads_to_tokens_and_memberships(alice_page, alice):
    make_brands(alice, 10)
    said = next_domain(alice_page.get(HOME))
    assert 'href="/tokens/"' in said
    assert 'href="/membership/"' in said


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
    assert sorted(Brand.objects.filter(is_test=True).values_list("pk", flat=True)) == ids_of(alice)
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


# --- exports -----------------------------------------------------------------------------------------


@pytest.fixture
def rich_page(alice_page, alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "starter")
    make_brand(alice)
    return alice_page


def test_an_export_is_charged_once_however_often_the_form_is_sent(rich_page, alice):
    form = {"format": "csv", "form_key": rich_page.get(HOME).context["export_form"].initial["form_key"]}
    first, again = (told(rich_page.post(f"{HOME}exports", form), at=f"{HOME}exports")[-1] for _ in range(2))
    assert first == "1 domain exported for 10 tokens; 90 left. You can download the file for 24 hours."
    assert "nothing was charged" in again
    assert (get_token_balance(alice.pk), TokenUsage.objects.count(), Export.objects.count()) == (90, 1, 1)
    assert "Download CSV" in text_of(rich_page.get(f"{HOME}exports"))


def test_the_file_is_the_owners_only(rich_page, client, bob):
    rich_page.post(f"{HOME}exports", {"format": "json", "form_key": "k"})
    address = f"{HOME}exports/{Export.objects.get().pk}"
    answer = rich_page.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert b"ocean.com" in b"".join(answer.streaming_content)
    client.force_login(bob)
    assert client.get(address).status_code == 404
    assert "No exports in the last 24 hours" in text_of(client.get(f"{HOME}exports"))


def test_an_export_that_cannot_be_paid_is_a_page_that_says_so(alice_page, alice):
    make_brand(alice)
    response = alice_page.post(f"{HOME}exports", {"format": "csv", "form_key": "k"})
    assert response.status_code == 402
    assert "Needed 10 tokens" in text_of(response)


def test_an_export_form_with_nonsense_is_shown_again(rich_page, alice):
    response = rich_page.post(f"{HOME}exports", {"format": "xml", "form_key": "k"})
    assert response.status_code == 400
    assert get_token_balance(alice.pk) == 100


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
