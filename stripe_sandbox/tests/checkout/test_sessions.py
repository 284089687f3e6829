"""Checkout Sessions over the API: made, refused, listed, expired."""

import time

import pytest
import stripe

from stripe_sandbox.testing import advance, events_of
from stripe_sandbox.tests.support.actors import line, order


def refused(client, **changes) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.checkout.sessions.create(params=order(**changes))
    return found.value


def test_a_new_session_is_open_unpaid_and_has_a_page(client, sandbox: str) -> None:
    session = client.v1.checkout.sessions.create(params=order(client_reference_id="42"))

    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert (session.amount_subtotal, session.amount_total, session.currency) == (4000, 4000, "usd")
    assert session.url == f"{sandbox}/c/pay/{session.id}"
    assert session.expires_at == session.created + 24 * 3600
    assert (session.client_reference_id, session.metadata.to_dict()) == ("42", {"purchase": "7"})
    assert (session.payment_intent, session.customer, session.livemode) == (None, None, False)
    assert "line_items" not in session


def test_quantities_and_several_lines_add_up(client) -> None:
    items = [line(4000, quantity=2), line(99, name="Extra")]
    session = client.v1.checkout.sessions.create(params=order(line_items=items, expand=["line_items"]))

    assert session.amount_total == 8099
    assert [(item.description, item.quantity, item.amount_total) for item in session.line_items.data] == [
        ("Pro Pack", 2, 8000),
        ("Extra", 1, 99),
    ]


def test_a_decimal_unit_amount_is_rounded_on_the_total(client) -> None:
    item = line(0, quantity=3, currency="jpy")
    del item["price_data"]["unit_amount"]
    item["price_data"]["unit_amount_decimal"] = "100.5"

    assert client.v1.checkout.sessions.create(params=order(line_items=[item])).amount_total == 302


def test_a_customer_can_be_expanded(client) -> None:
    customer = client.v1.customers.create(params={"email": "ann@example.com"})

    session = client.v1.checkout.sessions.create(params=order(customer=customer.id, expand=["customer"]))

    assert session.customer.email == "ann@example.com"
    assert session.customer_details.email == "ann@example.com"


@pytest.mark.parametrize(
    ("changes", "param", "message"),
    [
        (
            {"payment_method_types": ["card"]},
            "payment_method_types",
            "Received unknown parameter: payment_method_types",
        ),
        ({"mode": None}, "mode", "Missing required param: mode."),
        ({"line_items": None}, "line_items", "Missing required param: line_items."),
        ({"success_url": None}, "success_url", "Missing required param: success_url."),
        ({"success_url": "thanks"}, "success_url", "Not a valid URL"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "Not a valid URL"),
        ({"line_items": [line(quantity="abc")]}, "line_items[0][quantity]", "Invalid integer: abc"),
        (
            {"line_items": [line(quantity=0)]},
            "line_items[0][quantity]",
            "This value must be greater than or equal to 1.",
        ),
        ({"line_items": [{"price": "price_x", "quantity": 1}]}, "line_items[0][price]", "No such price: 'price_x'"),
        ({"line_items": [line(), line(currency="eur")]}, "line_items", "All line items must have the same currency."),
        ({"line_items": [line(currency="zzz")]}, "line_items[0][price_data][currency]", "Invalid currency: zzz."),
        ({"customer": "cus_nope"}, "customer", "No such customer: 'cus_nope'"),
        ({"customer_email": "nonsense"}, "customer_email", "Invalid email address: nonsense"),
        ({"allow_promotion_codes": "maybe"}, "allow_promotion_codes", "Invalid boolean: maybe"),
        (
            {"submit_type": "x"},
            "submit_type",
            "Invalid submit_type: must be one of auto, book, donate, pay or subscribe",
        ),
        ({"metadata": {"k" * 41: "v"}}, "metadata", f"Metadata keys must be at most 40 characters: '{'k' * 41}'"),
        ({"metadata": {str(n): "v" for n in range(51)}}, "metadata", "Metadata can have at most 50 keys."),
        ({"expand": ["status"]}, "expand", "This property cannot be expanded (status)."),
        ({"mode": "gift"}, "mode", "Invalid mode: must be one of payment, setup or subscription"),
        ({"discounts": [{"coupon": "x"}]}, "discounts", None),
    ],
)
def test_what_stripe_refuses_is_refused_by_name(client, changes, param, message) -> None:
    error = refused(client, **changes)

    assert (error.http_status, error.param) == (400, param)
    assert message is None or error.user_message == message


def test_a_misspelt_nested_parameter_is_named_in_full(client) -> None:
    item = line()
    item["price_data"]["amount"] = 1

    error = refused(client, line_items=[item])

    assert error.param == "line_items[0][price_data][amount]"


def test_customer_and_customer_email_exclude_each_other(client) -> None:
    customer = client.v1.customers.create(params={})

    assert refused(client, customer=customer.id, customer_email="a@example.com").param == "customer"


def test_an_amount_below_the_smallest_charge_is_refused(client) -> None:
    assert refused(client, line_items=[line(49)]).code == "amount_too_small"
    assert client.v1.checkout.sessions.create(params=order(50)).amount_total == 50
    assert client.v1.checkout.sessions.create(params=order(0)).payment_status == "no_payment_required"


@pytest.mark.parametrize("seconds", [60, 25 * 3600])
def test_a_session_lives_from_30_minutes_to_24_hours(client, seconds: int) -> None:
    assert refused(client, expires_at=int(time.time()) + seconds).param == "expires_at"


def test_payment_methods_are_filtered(client) -> None:
    create = client.v1.checkout.sessions.create

    assert create(params=order()).payment_method_types == ["card", "link", "us_bank_account"]
    excluded = ["us_bank_account", "klarna"]
    assert create(params=order(excluded_payment_method_types=excluded)).payment_method_types == ["card", "link"]
    hidden = {"link": {"display": "never"}}
    by_card = order(excluded_payment_method_types=excluded, wallet_options=hidden)
    assert create(params=by_card).payment_method_types == ["card"]
    assert refused(client, excluded_payment_method_types=["link"]).param == "excluded_payment_method_types[0]"
    assert create(params=order(line_items=[line(currency="eur")])).payment_method_types == ["card", "link"]
    assert create(params=order(allowed_payment_method_types=["link"])).payment_method_types == ["link"]
    assert refused(client, allowed_payment_method_types=["klarna"]).param == "allowed_payment_method_types"


def test_expiring_a_session_closes_it_for_good(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())

    expired = client.v1.checkout.sessions.expire(session.id)

    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert [event["type"] for event in events_of(session.id)] == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="This Checkout Session has a status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)


def test_a_session_past_its_expiry_is_expired_whoever_looks(client) -> None:
    session = client.v1.checkout.sessions.create(params=order(expires_at=int(time.time()) + 3600))

    advance(seconds=3601)

    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert [event["type"] for event in events_of(session.id)] == ["checkout.session.expired"]


def test_an_unknown_session_is_404(client) -> None:
    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.checkout.sessions.retrieve("cs_test_nope")

    assert (found.value.http_status, found.value.code) == (404, "resource_missing")
    assert found.value.user_message == "No such checkout.session: 'cs_test_nope'"


def test_line_items_are_paged_in_the_order_sent(client) -> None:
    items = [line(100 + n, name=f"Item {n}") for n in range(12)]
    session = client.v1.checkout.sessions.create(params=order(line_items=items))
    listed = client.v1.checkout.sessions.line_items.list(session.id, params={"limit": 5})

    assert listed.has_more is True
    assert [item.description for item in listed.auto_paging_iter()] == [f"Item {n}" for n in range(12)]
