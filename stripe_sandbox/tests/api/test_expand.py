"""Everything that Stripe's schema marks may be expanded, whether there is something or not."""

import json

import pytest
import stripe

from stripe_sandbox.testing import dispute, pay, refund
from stripe_sandbox.tests.support.actors import order
from stripe_sandbox.tests.support.plans import subscribed
from stripe_sandbox.tests.support.sdk_expandable import TABLE, expandable


def test_the_table_is_what_the_installed_sdk_says() -> None:
    assert json.loads(TABLE.read_text()) == expandable()


def top_level(object: str) -> list[str]:
    return [path for path in json.loads(TABLE.read_text())[object] if "." not in path]


def test_each_marked_field_of_each_object_may_be_asked_for(client) -> None:
    subscription = subscribed(client)
    session = client.v1.checkout.sessions.create(params=order())
    intent = pay(session.id)["payment_intent"]
    charge = client.v1.payment_intents.retrieve(intent).latest_charge
    given_back = refund(intent, 100)["id"]
    disputed = dispute(intent, inquiry=True)["id"]
    v1 = client.v1
    for object, retrieve, id in (
        ("checkout.session", v1.checkout.sessions.retrieve, session.id),
        ("payment_intent", v1.payment_intents.retrieve, intent),
        ("charge", v1.charges.retrieve, charge),
        ("refund", v1.refunds.retrieve, given_back),
        ("dispute", v1.disputes.retrieve, disputed),
        ("customer", v1.customers.retrieve, subscription.customer),
        ("subscription", v1.subscriptions.retrieve, subscription.id),
        ("invoice", v1.invoices.retrieve, subscription.latest_invoice),
        ("price", v1.prices.retrieve, subscription.items.data[0].price.id),
    ):
        for path in top_level(object):
            plain, expanded = retrieve(id), retrieve(id, params={"expand": [path]})
            was, now = plain.to_dict().get(path), expanded.to_dict().get(path)
            assert (now["id"] if isinstance(now, dict) else now) == was, (object, path)


def test_parts_without_a_type_of_their_own_are_expanded_too(client) -> None:
    subscription = subscribed(client)
    paths = ["parent.subscription_details.subscription", "customer.invoice_settings.default_payment_method"]
    invoice = client.v1.invoices.retrieve(subscription.latest_invoice, params={"expand": paths})
    assert invoice.parent.subscription_details.subscription.id == subscription.id
    assert invoice.customer.id == subscription.customer

    evidence = ["evidence.receipt", "charge.outcome.rule"]
    intent = pay(client.v1.checkout.sessions.create(params=order()).id)["payment_intent"]
    found = client.v1.disputes.retrieve(dispute(intent)["id"], params={"expand": evidence})
    assert (found.evidence.receipt, found.charge.payment_intent) == (None, intent)


@pytest.mark.parametrize(
    "path",
    ["status", "amount", "metadata", "metadata.x", "nope", "customer.nope", "evidence", "data", "object.id", "id"],
)
def test_anything_else_is_refused(client, path: str) -> None:
    intent = pay(client.v1.checkout.sessions.create(params=order(customer_creation="always")).id)["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match=r"This property cannot be expanded"):
        client.v1.payment_intents.retrieve(intent, params={"expand": [path]})
