import pytest

from tokens.idempotency import CLAIM_LASTS, fingerprint
from tokens.models import IdempotencyKey, Purchase
from tokens.stripe_api import gateway
from tokens.testing.ledger_rows import entries_of
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db

BUY = "/api/tokens/purchase"
KNOWN = "Use: success_url, cancel_url, package."
NOBODY_LISTENS = "http://127.0.0.1:9"


def test_buying_answers_with_the_hosted_page(sandbox, api, alice):
    response = api(alice).post(BUY, {"package": "pro"})
    purchase = Purchase.objects.get(user=alice)
    assert response.status_code == 200
    assert response.json() == {
        "checkout_url": purchase.checkout_url,
        "session_id": purchase.stripe_checkout_session_id,
        "package": "pro",
        "tokens": 500,
        "price": 40.0,
        "amount_cents": 4000,
        "currency": "usd",
    }


@pytest.mark.parametrize("field", ["price", "tokens", "quantity", "user_id", "return_url"])
def test_nothing_but_the_package_and_the_way_back_can_be_said_of_a_purchase(api, alice, bob, field):
    response = api(alice).post(BUY, {"package": "pro", field: bob.pk})
    assert (response.status_code, response.json()["detail"]) == (400, f"{field}: Unknown field. {KNOWN}")
    assert not Purchase.objects.exists()


def test_the_price_comes_from_our_row(sandbox, api, alice):
    response = api(alice).post(BUY, {"package": "pro"})
    purchase = Purchase.objects.get()
    session = gateway.retrieve_checkout_session(response.json()["session_id"])
    assert (purchase.user, purchase.tokens, session["amount_total"]) == (alice, 500, 4000)
    assert session["success_url"].startswith("http://testserver/")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"package": "gold"}, "Unknown package “gold”. Use: starter, pro, premium."),
        ({}, "package: This field is required."),
        ({"package": ""}, "package: This field may not be blank."),
        ({"package": ["pro"]}, "package: Must be a string in double quotes."),
        ({"package": 123}, "package: Must be a string in double quotes."),
    ],
)
def test_a_bad_order_is_a_400_with_a_sentence_and_orders_nothing(api, alice, body, detail):
    response = api(alice).post(BUY, body)
    assert (response.status_code, response.json()["detail"]) == (400, detail)
    assert not Purchase.objects.exists()


def test_an_unreachable_stripe_is_a_502_problem_and_the_key_is_free_again(sandbox, api, alice, settings):
    client, address = api(alice), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = NOBODY_LISTENS
    response = client.post(BUY, {"package": "pro"}, HTTP_IDEMPOTENCY_KEY="k")
    assert (response.status_code, response["Content-Type"]) == (502, "application/problem+json")
    assert response.json()["error"] == "Stripe unreachable"
    assert not IdempotencyKey.objects.exists()
    settings.STRIPE_API_BASE = address
    assert client.post(BUY, {"package": "pro"}, HTTP_IDEMPOTENCY_KEY="k").status_code == 200


def test_the_same_key_gets_the_first_answer_even_when_the_page_has_closed(sandbox, api, alice):
    client = api(alice)
    first = client.post(BUY, {"package": "pro"}, HTTP_IDEMPOTENCY_KEY="k")
    Purchase.objects.update(status="expired")
    again = client.post(BUY, {"package": "pro"}, HTTP_IDEMPOTENCY_KEY="k")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Purchase.objects.count() == 1


def test_a_twin_is_told_to_wait_while_stripe_is_being_called(sandbox, api, alice):
    body = {"package": "pro"}
    claim = IdempotencyKey.objects.create(
        user=alice, key="k", fingerprint=fingerprint("POST", BUY, body), claimed_at="2100-01-01T00:00Z"
    )
    response = api(alice).post(BUY, body, HTTP_IDEMPOTENCY_KEY="k")
    assert (response.status_code, response.json()["error"]) == (409, "Idempotency key in use")
    assert response["Retry-After"] == "1"
    claim.refresh_from_db()
    assert claim.answer is None


def test_the_claim_of_a_process_that_died_is_taken_over_after_a_minute(sandbox, api, alice):
    body = {"package": "pro"}
    assert CLAIM_LASTS.total_seconds() == 60
    IdempotencyKey.objects.create(
        user=alice, key="k", fingerprint=fingerprint("POST", BUY, body), claimed_at="2026-01-01T00:00Z"
    )
    response = api(alice).post(BUY, body, HTTP_IDEMPOTENCY_KEY="k")
    assert response.status_code == 200
    assert IdempotencyKey.objects.get().answer == response.json()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_open_one_page_and_those_beside_it_are_told_to_come_again(sandbox, api, alice):
    clients = [api(alice) for _ in range(8)]
    answers = at_once(lambda number: clients[number].post(BUY, {"package": "pro"}))
    later = api(alice).post(BUY, {"package": "pro"})
    opened = [answer for answer in answers if answer.status_code == 200]
    assert {(answer.status_code, answer["Retry-After"]) for answer in answers if answer not in opened} <= {(409, "2")}
    assert {answer.json()["session_id"] for answer in (*opened, later)} == {later.json()["session_id"]}
    assert (bool(opened), Purchase.objects.count()) == (True, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twins_with_a_key_get_the_first_answer_or_are_told_to_wait(sandbox, api, alice):
    clients = [api(alice) for _ in range(8)]
    answers = at_once(lambda number: clients[number].post(BUY, {"package": "pro"}, HTTP_IDEMPOTENCY_KEY="k"))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.json()["session_id"] for answer in answers if answer.status_code == 200}) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_twins_of_a_spend_over_http_wait_and_get_the_first_answer(sandbox, api, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    clients = [api(alice) for _ in range(8)]
    answers = at_once(
        lambda number: clients[number].post("/api/tokens/spend", {"action": "ai_analysis"}, HTTP_IDEMPOTENCY_KEY="k")
    )
    assert [(answer.status_code, answer.json()["balance"]) for answer in answers] == [(200, 495)] * 8
    assert entries_of(alice) == [("credit", 500, 500), ("spend", -5, None)]
