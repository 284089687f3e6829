"""Another plan: prorations that are paid at once, later or never, changes that wait for their payment, schedules."""

import pytest
import stripe

from stripe_sandbox.tests.support.plans import DAY, Told, give_card, halfway, items, plan, renew, subscribed

UPGRADE = [
    "customer.subscription.updated",
    "invoiceitem.created",
    "invoiceitem.created",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
]


def test_an_upgrade_is_prorated_and_paid_at_once(client) -> None:
    subscription, pro = subscribed(client), plan(client, 5000, name="Pro")
    at = halfway(subscription)
    told = Told()

    changed = client.v1.subscriptions.update(
        subscription.id,
        params={
            "items": items(subscription, pro),
            "proration_behavior": "always_invoice",
            "proration_date": at,
            "expand": ["latest_invoice"],
        },
    )

    assert told.types[: len(UPGRADE)] == UPGRADE
    assert told.types[-3:] == ["invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"]
    assert changed.items.data[0].price.id == pro.id
    assert changed.items.data[0].current_period_end == subscription.items.data[0].current_period_end
    invoice = changed.latest_invoice
    assert (invoice.billing_reason, invoice.status, invoice.total) == ("subscription_update", "paid", 1500)
    assert [(line.amount, line.parent.subscription_item_details.proration) for line in invoice.lines.data] == [
        (-1000, True),
        (2500, True),
    ]
    assert invoice.lines.data[0].description.startswith("Unused time on Plus after ")
    assert invoice.lines.data[1].description.startswith("Remaining time on Pro after ")
    assert invoice.lines.data[1].pricing.price_details.price == pro.id
    assert invoice.lines.data[1].period.start == at


def test_a_preview_says_what_the_upgrade_will_cost_and_changes_nothing(client) -> None:
    subscription, pro = subscribed(client), plan(client, 5000, name="Pro")
    at = halfway(subscription)
    details = {"items": items(subscription, pro), "proration_date": at}
    told = Told()

    def preview(**more) -> stripe.Invoice:
        return client.v1.invoices.create_preview(
            params={"subscription": subscription.id, "subscription_details": {**details, **more}}
        )

    now, later, never = (preview(proration_behavior=b) for b in ("always_invoice", "create_prorations", "none"))
    plain = client.v1.invoices.create_preview(params={"subscription": subscription.id})

    assert (now.amount_due, [line.amount for line in now.lines.data]) == (1500, [-1000, 2500])
    assert (later.amount_due, never.amount_due, plain.amount_due) == (6500, 5000, 2000)
    assert plain.lines.data[0].period.start == subscription.items.data[0].current_period_end
    assert now.id.startswith("upcoming_in_")
    assert told.types == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoices.retrieve(now.id)


def test_a_downgrade_waits_as_credit_for_the_next_invoice(client) -> None:
    subscription, small = subscribed(client), plan(client, 800, name="Small")

    client.v1.subscriptions.update(
        subscription.id, params={"items": items(subscription, small), "proration_date": halfway(subscription)}
    )
    pending = client.v1.invoice_items.list(params={"customer": subscription.customer, "pending": True}).data
    assert sorted(item.amount for item in pending) == [-1000, 400]
    renewed = renew(client, subscription)

    invoice = client.v1.invoices.retrieve(renewed.latest_invoice)
    assert [line.amount for line in invoice.lines.data] == [-1000, 400, 800]
    assert (invoice.total, invoice.status) == (200, "paid")
    assert client.v1.invoice_items.list(params={"customer": subscription.customer, "pending": True}).data == []


def test_without_prorations_only_the_next_period_costs_something_else(client) -> None:
    subscription, small = subscribed(client), plan(client, 800, name="Small")
    told = Told()

    client.v1.subscriptions.update(
        subscription.id, params={"items": items(subscription, small), "proration_behavior": "none"}
    )

    assert told.types == ["customer.subscription.updated"]
    assert client.v1.invoices.retrieve(renew(client, subscription).latest_invoice).total == 800


def test_a_downgrade_that_is_invoiced_at_once_becomes_the_customers_credit(client) -> None:
    subscription, small = subscribed(client), plan(client, 800, name="Small")

    changed = client.v1.subscriptions.update(
        subscription.id,
        params={
            "items": items(subscription, small),
            "proration_behavior": "always_invoice",
            "proration_date": halfway(subscription),
        },
    )

    invoice = client.v1.invoices.retrieve(changed.latest_invoice)
    assert (invoice.total, invoice.amount_due, invoice.status, invoice.ending_balance) == (-600, 0, "paid", -600)
    assert client.v1.customers.retrieve(subscription.customer).balance == -600
    paid = client.v1.invoices.retrieve(renew(client, subscription).latest_invoice)
    assert (paid.total, paid.amount_due, paid.starting_balance) == (800, 200, -600)
    assert client.v1.customers.retrieve(subscription.customer).balance == 0


def test_another_interval_starts_a_new_period_at_once(client) -> None:
    subscription, yearly = subscribed(client), plan(client, 20000, name="Plus", interval="year")

    changed = client.v1.subscriptions.update(
        subscription.id, params={"items": items(subscription, yearly), "expand": ["latest_invoice"]}
    )

    item = changed.items.data[0]
    assert item.current_period_start == changed.billing_cycle_anchor
    assert 365 * DAY <= item.current_period_end - item.current_period_start <= 366 * DAY
    assert [line.amount for line in changed.latest_invoice.lines.data][1] == 20000
    assert changed.latest_invoice.status == "paid"


def test_an_upgrade_that_cannot_be_paid_is_past_due_or_refused_as_asked(client) -> None:
    subscription, pro = subscribed(client), plan(client, 5000, name="Pro")
    change = {
        "items": items(subscription, pro),
        "proration_behavior": "always_invoice",
        "proration_date": halfway(subscription),
    }
    give_card(client, subscription, "pm_card_chargeCustomerFail")
    told = Told()

    with pytest.raises(stripe.CardError):
        client.v1.subscriptions.update(subscription.id, params={**change, "payment_behavior": "error_if_incomplete"})
    assert told.types == []
    changed = client.v1.subscriptions.update(subscription.id, params=change)

    assert (changed.status, changed.items.data[0].price.id) == ("past_due", pro.id)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"items": [{"id": "si_nope", "price": "PRO"}]}, "items[0][id]"),
        ({"payment_behavior": "pending_if_incomplete", "metadata": {"a": "b"}}, "metadata"),
        ({"cancel_at_period_end": True, "cancel_at": 4000000000}, "cancel_at"),
        ({"cancel_at": 5}, "cancel_at"),
        ({"default_payment_method": "pm_nope"}, "default_payment_method"),
        ({"proration_behavior": "sometimes"}, "proration_behavior"),
        ({"trial_end": "now"}, "trial_end"),
        ({"billing_cycle_anchor": {"type": "now"}}, "billing_cycle_anchor[type]"),
    ],
)
def test_what_an_update_does_not_take_is_refused_by_name(client, changes, param: str) -> None:
    subscription, pro = subscribed(client), plan(client, 5000)
    if "items" in changes:
        changes = {"items": [{**item, "price": pro.id} for item in changes["items"]]}

    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.subscriptions.update(subscription.id, params=changes)

    assert found.value.param == param
