"""Changes of a plan that wait for their payment."""

from stripe_sandbox.testing import advance, fail_next_payment, pay_invoice
from stripe_sandbox.tests.support.plans import HOUR, Told, give_card, halfway, items, plan, renew, subscribed


def pending(client, subscription, pro):
    return client.v1.subscriptions.update(
        subscription.id,
        params={
            "items": items(subscription, pro),
            "proration_behavior": "always_invoice",
            "proration_date": halfway(subscription),
            "payment_behavior": "pending_if_incomplete",
        },
    )


def test_a_pending_update_switches_when_its_invoice_is_paid(client) -> None:
    subscription, pro = subscribed(client), plan(client, 5000, name="Pro")
    fail_next_payment(subscription.id)

    waiting = pending(client, subscription, pro)
    assert (waiting.status, waiting.items.data[0].price.id) == ("active", subscription.items.data[0].price.id)
    assert waiting.pending_update.subscription_items[0].price.id == pro.id
    told = Told()
    pay_invoice(waiting.latest_invoice)

    changed = client.v1.subscriptions.retrieve(subscription.id)
    assert (changed.pending_update, changed.items.data[0].price.id) == (None, pro.id)
    assert told.types[-2:] == ["customer.subscription.updated", "customer.subscription.pending_update_applied"]
    assert client.v1.invoices.retrieve(renew(client, subscription).latest_invoice).total == 5000


def test_a_pending_update_that_is_paid_at_once_just_happens(client) -> None:
    subscription, pro = subscribed(client), plan(client, 5000, name="Pro")
    told = Told()

    changed = pending(client, subscription, pro)

    assert (changed.pending_update, changed.items.data[0].price.id) == (None, pro.id)
    assert told.types[-1] == "customer.subscription.updated"
    assert told.types.index("invoice.paid") < told.types.index("customer.subscription.updated")


def test_a_pending_update_expires_after_23_hours(client) -> None:
    subscription, pro = subscribed(client), plan(client, 5000, name="Pro")
    give_card(client, subscription, "pm_card_authenticationRequired")
    waiting = pending(client, subscription, pro)
    told = Told()

    advance(seconds=23 * HOUR + 60)

    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert (kept.pending_update, kept.status) == (None, "active")
    assert kept.items.data[0].price.id == subscription.items.data[0].price.id
    assert told.types == [
        "invoice.voided",
        "payment_intent.canceled",
        "customer.subscription.pending_update_expired",
    ]
    assert client.v1.invoices.retrieve(waiting.latest_invoice).status == "void"
