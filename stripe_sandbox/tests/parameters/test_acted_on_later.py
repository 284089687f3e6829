"""Parameters that Stripe acts on later: when the buyer pays, when an invoice is made, when a phase begins."""

import pytest
import stripe

from stripe_sandbox.testing import advance, pay
from stripe_sandbox.tests.support.actors import Buyer, order
from stripe_sandbox.tests.support.plans import plan, renew, signed_up, subscribed


def create(client, **changes):
    return client.v1.checkout.sessions.create(params=order(**changes))


def test_a_buyers_name_is_the_customers_where_the_session_says_so(client, buyer: Buyer) -> None:
    customer = client.v1.customers.create({"name": "Known", "email": "ann@example.com"}).id
    buyer.pay(create(client, customer=customer), name="Typed")
    assert client.v1.customers.retrieve(customer).name == "Known"
    buyer.pay(create(client, customer=customer, customer_update={"name": "auto"}), name="Typed")
    assert client.v1.customers.retrieve(customer).name == "Typed"
    with pytest.raises(stripe.InvalidRequestError, match="`customer_update` can only be used with `customer`"):
        create(client, customer_update={"name": "auto"})


def test_a_card_alone_may_be_kept_and_shown_again(client) -> None:
    customer = client.v1.customers.create({}).id
    kept = {"payment_method_options": {"card": {"setup_future_usage": "off_session"}}, "customer": customer}
    pay(create(client, **kept, payment_method_data={"allow_redisplay": "always"}).id)
    (method,) = client.v1.payment_methods.list({"customer": customer, "allow_redisplay": "always"}).data
    assert method.type == "card"


def test_a_card_kept_for_while_its_holder_is_there_has_no_leave_to_be_charged_later(client) -> None:
    """4000 0025 0000 3155 asks its bank unless that has agreed to later charges."""
    plus, statuses = plan(client), {}
    for later in ("on_session", "off_session"):
        customer = client.v1.customers.create({}).id
        kept = {"customer": customer, "payment_intent_data": {"setup_future_usage": later}}
        pay(create(client, **kept).id, card="4000002500003155")
        (method,) = client.v1.payment_methods.list({"customer": customer}).data
        subscription = subscribed(client, plus, customer=customer)
        client.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
        statuses[later] = renew(client, subscription).status
    assert statuses == {"on_session": "past_due", "off_session": "active"}


def test_the_statement_names_the_shop_and_the_suffix(client) -> None:
    plain, named = (
        client.v1.payment_intents.retrieve(
            pay(create(client, payment_intent_data=data).id)["payment_intent"], {"expand": ["latest_charge"]}
        ).latest_charge.calculated_statement_descriptor
        for data in ({}, {"statement_descriptor_suffix": "book"})
    )
    assert (plain, named) == ("STRIPE SANDBOX", "STRIPE SANDBOX* BOOK")


def test_an_invoice_says_what_its_customer_wants_on_it(client) -> None:
    settings = {"invoice_settings": {"footer": "Thank you"}, "tax_exempt": "exempt"}
    session = signed_up(client, customer=client.v1.customers.create(settings).id)
    invoice = client.v1.invoices.retrieve(session.invoice)
    assert (invoice.footer, invoice.customer_tax_exempt) == ("Thank you", "exempt")


def test_a_draft_is_finalized_only_or_paid_by_another_card(client) -> None:
    drafts = []
    for _ in range(2):
        subscription = subscribed(client)
        advance(seconds=subscription.items.data[0].current_period_end - client.v1.customers.create({}).created + 60)
        drafts.append(client.v1.invoices.list({"subscription": subscription.id, "status": "draft"}).data[0])
    waiting = client.v1.invoices.finalize_invoice(drafts[1].id, {"auto_advance": False})
    assert (waiting.status, waiting.auto_advance, waiting.attempt_count) == ("open", False, 0)
    other = client.v1.payment_methods.attach("pm_card_amex", {"customer": waiting.customer}).id
    client.v1.invoices.pay(waiting.id, {"payment_method": other})
    payments = client.v1.invoice_payments.list({"invoice": waiting.id, "expand": ["data.payment.payment_intent"]})
    assert payments.data[0].payment.payment_intent.payment_method == other


def test_a_schedules_current_phase_is_the_subscription_now(client) -> None:
    plus, more = plan(client), plan(client, 5000)
    subscription = subscribed(client, plus)
    schedule = client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    phase = {"items": [{"price": more.id}], "metadata": {"k": "v"}, "description": "More"}
    client.v1.subscription_schedules.update(schedule.id, {"phases": [phase], "proration_behavior": "none"})
    changed = client.v1.subscriptions.retrieve(subscription.id)
    assert (changed.items.data[0].price.id, changed.description) == (more.id, "More")
    assert changed.metadata["k"] == "v"
    assert client.v1.invoice_items.list({"customer": subscription.customer}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="currency of a subscription cannot be changed"):
        client.v1.subscription_schedules.update(schedule.id, {"phases": [phase | {"currency": "eur"}]})


def test_a_portal_offers_only_what_fits_and_is_in_use(client) -> None:
    plus, more = plan(client), plan(client, 5000)
    features = {"subscription_update": {"enabled": True, "default_allowed_updates": ["price"]}}
    features["subscription_update"]["products"] = [{"product": plus.product, "prices": [more.id]}]
    with pytest.raises(stripe.InvalidRequestError, match="is not one of the product"):
        client.v1.billing_portal.configurations.create({"features": features})
    made = client.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    client.v1.billing_portal.configurations.update(made.id, {"active": False})
    customer = client.v1.customers.create({}).id
    with pytest.raises(stripe.InvalidRequestError, match="is inactive"):
        client.v1.billing_portal.sessions.create({"customer": customer, "configuration": made.id})
