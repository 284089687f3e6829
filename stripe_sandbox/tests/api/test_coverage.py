"""What Stripe takes and the sandbox does not play is refused, never accepted and ignored."""

import pytest
import requests
import stripe

from stripe_sandbox.api.table import ENDPOINTS
from stripe_sandbox.pages.coverage import _row
from stripe_sandbox.tests.support.actors import order


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"adaptive_pricing": {"enabled": True}}, "adaptive_pricing[enabled]=true"),
        (
            {"tax_id_collection": {"enabled": True, "required": "x"}},
            "tax_id_collection[required]=x",
        ),
        ({"billing_address_collection": "required"}, "billing_address_collection=required"),
        ({"locale": "pt-BR"}, "locale=pt-BR"),
        ({"locale": "de"}, "locale=de"),
        ({"phone_number_collection": {"enabled": True}}, "phone_number_collection[enabled]=true"),
    ],
)
def test_what_is_not_played_is_refused(client, asked: dict, what: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.checkout.sessions.create(params=order(**asked))

    assert found.value.user_message == f"The local Stripe sandbox does not support {what} yet; Stripe itself does."


@pytest.mark.parametrize(
    "asked",
    [
        {"invoice_creation": {"enabled": False}},
        {"automatic_tax": {"enabled": False}},
        {"billing_address_collection": "auto"},
        {"locale": "auto"},
        {"locale": "en-GB"},
    ],
)
def test_what_asks_for_nothing_is_taken(client, asked: dict) -> None:
    assert client.v1.checkout.sessions.create(params=order(**asked)).status == "open"


@pytest.mark.parametrize("locale", ["pt-", "BR", "klingon"])
def test_a_locale_that_stripe_does_not_have_is_an_error_of_the_callers(client, locale: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid locale: must be one of auto, bg, "):
        client.v1.checkout.sessions.create(params=order(locale=locale))


def test_connected_accounts_are_refused(client, sandbox: str) -> None:
    for method, path in (("GET", "/v1/customers"), ("POST", "/v1/customers")):
        headers = {"Stripe-Account": "acct_1"}
        answer = requests.request(method, sandbox + path, headers=headers, auth=("sk_test_x", ""), timeout=20)
        assert answer.status_code == 400
        assert "does not support connected accounts (Stripe-Account) yet" in answer.json()["error"]["message"]


@pytest.mark.parametrize("key", ["sk_test_x", "rk_test_x"])
def test_test_keys_are_taken_as_a_bearers_or_as_a_user_name(sandbox: str, key: str) -> None:
    as_bearer = requests.get(f"{sandbox}/v1/customers", headers={"Authorization": f"Bearer {key}"}, timeout=20)
    as_user = requests.get(f"{sandbox}/v1/customers", auth=(key, ""), timeout=20)
    assert (as_bearer.status_code, as_user.status_code) == (200, 200)


@pytest.mark.parametrize("key", ["sk_live_0123456789ab", "pk_test_0123456789", "rk_test_", ""])
def test_another_user_name_is_401(sandbox: str, key: str) -> None:
    assert requests.get(f"{sandbox}/v1/customers", auth=(key, "x"), timeout=20).status_code == 401


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("2026-10-28.endive", 200),
        ("2026-11-18.endive", 200),
        ("2026-10-27.endive", 400),
        ("2026-09-30.dahlia", 400),
        ("2027-01-27.fennel", 400),
        ("2026-11-18", 400),
        ("endive", 400),
        ("9999.endive", 400),
        ("2024-06-20", 400),
    ],
)
def test_versions_of_the_pinned_line_are_taken_from_the_pinned_one_on(sandbox: str, version: str, status: int) -> None:
    headers = {"Stripe-Version": version}
    assert (
        requests.get(f"{sandbox}/v1/customers", headers=headers, auth=("sk_test_x", ""), timeout=20).status_code
        == status
    )


def test_the_coverage_page_says_what_is_taken_and_what_is_refused(sandbox: str) -> None:
    page = requests.get(f"{sandbox}/stripe-sandbox/coverage", timeout=20).text

    for text in (
        "/v1/checkout/sessions",
        "line_items.price_data.unit_amount",
        "locale (auto, en, en-GB only)",
        "billing_address_collection (auto only)",
        "adaptive_pricing.enabled (but false)",
        "payment_intent_data.transfer_data",
    ):
        assert text in page
    assert "/stripe-sandbox/api" not in page


def test_every_refused_parameter_of_the_page_is_refused(sandbox: str) -> None:
    """What the page says is what the API does: asked for alone, with a value that asks for something."""
    for endpoint in ENDPOINTS:
        if endpoint.method != "POST" or "{id}" in endpoint.path or not endpoint.path.startswith("/v1/"):
            continue
        for name in [text.partition(" ")[0] for text in _row(endpoint)["refused"] if "." not in text.partition(" ")[0]]:
            answer = requests.post(sandbox + endpoint.path, data={name: "asked"}, auth=("sk_test_x", ""), timeout=20)
            assert answer.status_code == 400, (endpoint.path, name)
