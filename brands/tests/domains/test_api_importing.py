"""One domain by API: imported once, whatever pays, and every refusal in a sentence."""

import json

import pytest

from accounts.throttling import buckets
from brands.models import Brand
from brands.testing.domain_api import DOMAINS, OCEAN, without_times
from brands.testing.rows import make_brands
from memberships.models import Membership
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db


def test_importing_says_what_paid_what_it_cost_and_what_is_left(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    answer = api(alice).post(DOMAINS, {"domain": "https://www.ocean.com/"})
    assert answer.status_code == 201
    assert without_times(answer.json()) == {
        **OCEAN,
        "paid_by": "tokens",
        "tokens_spent": 1,
        "balance": 99,
        "notes": ["We shortened https://www.ocean.com/ to ocean.com."],
    }
    assert answer.json()["id"] == Brand.objects.get().pk


def test_importing_what_one_has_costs_nothing_and_says_so(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    for status, paid_by, spent in ((201, "tokens", 1), (200, "already_yours", 0)):
        answer = api(alice).post(DOMAINS, {"domain": "ocean.com"})
        assert answer.status_code == status
        assert [answer.json()[key] for key in ("paid_by", "tokens_spent", "balance")] == [paid_by, spent, 99]
    assert TokenUsage.objects.count() == 1


def test_a_repeated_key_gets_the_status_of_its_first_answer(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    for key, status in (("first", 201), ("second", 200), ("first", 201), ("second", 200)):
        answer = api(alice).post(DOMAINS, {"domain": "www.ocean.com"}, HTTP_IDEMPOTENCY_KEY=key)
        assert answer.status_code == status
    assert TokenUsage.objects.count() == 1


def test_details_are_kept(api, alice):
    details = {"name": "Ocean Dreams", "category": "tech", "tier": "creative", "brand_type": "blog", "emoji": "🌊"}
    answer = api(alice).post(DOMAINS, {"domain": "ocean.com", **details, "is_test": True}).json()
    assert {key: answer[key] for key in details} == details
    assert (answer["slug"], answer["is_test"], answer["paid_by"]) == ("ocean-dreams", True, "free")


def test_when_nothing_pays_the_402_says_what_to_buy(api, alice):
    make_brands(alice, 10)
    answer = api(alice).post(DOMAINS, {"domain": "ocean.com"})
    assert (answer.status_code, answer["Content-Type"]) == (402, "application/problem+json")
    assert answer.json() == {
        "type": problem_type("insufficient-tokens"),
        "title": "Insufficient tokens",
        "status": 402,
        "detail": "Buy tokens or upgrade subscription",
        "error": "Insufficient tokens",
        "required": 1,
        "balance": 0,
        "available": 0,
        "shortfall": 1,
        "smallest_package": "starter",
    }
    assert Brand.objects.count() == 10


def test_a_pro_member_who_chose_membership_first_keeps_the_tokens(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    Membership.objects.create(user=alice, tier_id="pro", payment_order="membership_first")
    make_brands(alice, 10)
    answer = api(alice).post(DOMAINS, {"domain": "ocean.com"}).json()
    assert [answer[key] for key in ("paid_by", "tokens_spent", "balance")] == ["membership", 0, 100]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "domain: This field is required."),
        ({"domain": ""}, "domain: This field may not be blank."),
        ({"domain": 5}, "domain: Must be a string in double quotes."),
        ({"domain": "localhost"}, "“localhost” is missing a suffix, such as .com."),
        ({"domain": "127.0.0.1"}, "127.0.0.1 is an IP address, not a domain."),
        ({"domain": "a.com", "tier": "gold"}, "Unknown tier “gold”. Use: foundation, business, creative."),
        ({"domain": "a.com", "is_test": "true"}, "is_test: Must be true or false, without quotes."),
        ({"domain": "a.com", "name": "x" * 121}, "name: Ensure this field has no more than 120 characters."),
        ([1], "Send a JSON object, with the fields between { and }: this body is JSON, but not an object."),
    ],
)
def test_a_bad_body_is_a_400_with_a_sentence_and_spends_nothing(api, alice, body, detail):
    simulate_token_purchase(alice.pk, "starter")
    answer = api(alice).post(DOMAINS, body)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)
    assert (get_token_balance(alice.pk), Brand.objects.count()) == (100, 0)


def test_the_same_key_gets_the_first_answer_and_pays_once(api, alice):
    simulate_token_purchase(alice.pk, "starter")
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    first, second = (api(alice).post(DOMAINS, {"domain": "ocean.com"}, **key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first.json()["paid_by"], second["Idempotent-Replayed"]) == ("tokens", "true")
    assert api(alice).post(DOMAINS, {"domain": "sea.com"}, **key).status_code == 422
    assert get_token_balance(alice.pk) == 99


def test_a_key_whose_call_was_refused_may_be_used_again(api, alice):
    make_brands(alice, 10)
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    assert api(alice).post(DOMAINS, {"domain": "ocean.com"}, **key).status_code == 402
    simulate_token_purchase(alice.pk, "starter")
    assert api(alice).post(DOMAINS, {"domain": "ocean.com"}, **key).status_code == 201


def test_worked_example_a_through_the_api(api, alice):
    """Buy Pro (500): 100 domains one by one, 50 analyses, 5 exports: 400 spent, 100 left."""
    simulate_token_purchase(alice.pk, "pro")
    client = api(alice)
    answers = [client.post(DOMAINS, {"domain": f"site{index}.com"}) for index in range(100)]
    assert {answer.json()["paid_by"] for answer in answers} == {"tokens"}
    assert answers[-1].json()["balance"] == 400
    buckets.clear()
    for answer in answers[:50]:
        assert client.post(f"{DOMAINS}/{answer.json()['id']}/analyze").status_code == 200
    for _ in range(5):
        exported = client.post(f"{DOMAINS}/export", {"format": "json"})
        assert exported.status_code == 200
        assert len(json.loads(b"".join(exported.streaming_content))) == 100
    assert client.get("/api/tokens/balance").json()["balance"] == 100
    stats = client.get("/api/tokens/stats").json()["usage_breakdown"]
    assert {row["action"]: row["tokens"] for row in stats} == {
        "import_domain": 100,
        "ai_analysis": 250,
        "data_export": 50,
    }
