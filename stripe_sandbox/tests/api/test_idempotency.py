"""Idempotency keys, as https://docs.stripe.com/api/idempotent_requests has them."""

from typing import Any

import pytest
import stripe

from stripe_sandbox.api import idempotency
from stripe_sandbox.testing import current
from stripe_sandbox.tests.support.actors import at_once, order


def create(client, key: str, **changes) -> Any:
    return client.v1.checkout.sessions.create(params=order(**changes), options={"idempotency_key": key})


def test_the_same_request_again_gets_the_first_answer(client) -> None:
    first, again = create(client, "same"), create(client, "same")

    assert again.to_dict() == first.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_the_first_answer_is_kept_as_it_was(client) -> None:
    first = create(client, "frozen")
    client.v1.checkout.sessions.expire(first.id)

    assert create(client, "frozen").status == "open"


def test_the_same_key_with_other_parameters_is_an_error(client) -> None:
    create(client, "other")

    with pytest.raises(stripe.IdempotencyError) as found:
        create(client, "other", client_reference_id="x")

    assert found.value.http_status == 400
    assert found.value.user_message.startswith(
        "Keys for idempotent requests can only be used with the same parameters they were first used with."
    )


def test_the_same_key_at_another_endpoint_is_an_error(client) -> None:
    create(client, "elsewhere")

    with pytest.raises(stripe.IdempotencyError, match="for the same endpoint"):
        client.v1.customers.create(params={}, options={"idempotency_key": "elsewhere"})


def test_a_refused_request_frees_its_key(client) -> None:
    for changes in ({"mode": "nonsense"}, {"customer": "cus_nope"}):
        with pytest.raises(stripe.InvalidRequestError):
            create(client, "freed", **changes)

    assert create(client, "freed").status == "open"


def test_a_key_in_use_is_409(client) -> None:
    parameters = "email=ann%40example.com"
    idempotency.claim(current()._store, "busy", path="/v1/customers", parameters=parameters)

    with pytest.raises(stripe.APIError) as found:
        client.v1.customers.create(params={"email": "ann@example.com"}, options={"idempotency_key": "busy"})

    assert found.value.http_status == 409
    assert found.value.user_message.startswith("There is currently another in-progress request")


def test_a_claim_whose_process_died_is_taken_over(client) -> None:
    idempotency.claim(current()._store, "dead", path="/v1/checkout/sessions", parameters="whatever")
    with current()._store.writing() as db:
        db.execute("UPDATE idempotency SET claimed_at = claimed_at - 31 WHERE key = 'dead'")

    assert create(client, "dead").status == "open"


def test_an_answer_is_forgotten_after_24_hours(client) -> None:
    first = create(client, "old")
    with current()._store.writing() as db:
        db.execute("UPDATE idempotency SET claimed_at = claimed_at - 86401 WHERE key = 'old'")

    assert create(client, "old").id != first.id


def test_eight_at_once_make_one_session(client) -> None:
    answers = at_once(8, lambda: create(client, "eight"))

    made = {answer.id for answer in answers if isinstance(answer, stripe.checkout.Session)}
    conflicts = [answer for answer in answers if not isinstance(answer, stripe.checkout.Session)]
    assert len(made) == 1
    assert {conflict.http_status for conflict in conflicts} <= {409}


def test_a_key_that_is_too_long_is_refused(client) -> None:
    with pytest.raises(stripe.StripeError, match="at most 255 characters"):
        create(client, "k" * 256)
