"""The Billing Portal: what a customer does there reaches the shop as events only."""

import re

import pytest
import stripe

from stripe_sandbox.testing import (
    Refused,
    cancel_in_portal,
    change_plan_in_portal,
    fail_next_payment,
    keep_in_portal,
)
from stripe_sandbox.tests.support.actors import Buyer
from stripe_sandbox.tests.support.plans import Told, plan, renew, subscribed

CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 40", "cvc": "123"}
HERE = "http://127.0.0.1:9/account"


def enter(client, customer: str, **params) -> stripe.billing_portal.Session:
    return client.v1.billing_portal.sessions.create(params={"customer": customer, "return_url": HERE, **params})


def link(page: str, text: str) -> str:
    """Where the link or form around this text leads."""
    found = re.search(rf'(?:href|action)="([^"]+)"(?:(?!(?:href|action)=).)*?{text}', page, re.DOTALL)
    assert found, text
    return found.group(1)


def test_a_session_has_a_page_with_plan_card_and_invoices(client, buyer: Buyer) -> None:
    subscription = subscribed(client, plan(client, name="Plus plan"))

    session = enter(client, subscription.customer)

    assert (session.customer, session.return_url, session.flow) == (subscription.customer, HERE, None)
    page = buyer.look(session.url).text
    for text in ("Plus plan", "$20.00 per month", "Renews on", "ending in", "4242", "Cancel plan", HERE, "/i/in_1"):
        assert text in page
    assert "Change plan" not in page


def test_canceling_in_the_portal_sets_cancel_at_and_can_be_taken_back(client, sandbox: str, buyer: Buyer) -> None:
    subscription = subscribed(client)
    session = enter(client, subscription.customer)
    end = subscription.items.data[0].current_period_end
    told = Told()

    address = sandbox + link(buyer.look(session.url).text, "Cancel plan")
    assert "nothing is charged after that" in buyer.look(address).text
    answer = buyer.send(address, feedback="too_expensive")

    planned = client.v1.subscriptions.retrieve(subscription.id)
    assert (planned.status, planned.cancel_at_period_end, planned.cancel_at) == ("active", False, end)
    assert planned.cancellation_details.feedback == "too_expensive"
    assert told.types == ["customer.subscription.updated"]
    page = buyer.look(sandbox + answer.headers["Location"]).text
    assert "The plan is canceled." in page
    assert "Ends on" in page
    keep = link(page, "Don't cancel plan")
    assert buyer.cookies.post(sandbox + keep, allow_redirects=False, timeout=20).status_code == 303
    assert client.v1.subscriptions.retrieve(subscription.id).cancel_at is None
    assert renew(client, subscription).status == "active"


def test_a_new_card_is_the_default_of_everything(client, buyer: Buyer) -> None:
    subscription = subscribed(client)
    session = enter(client, subscription.customer, flow_data={"type": "payment_method_update"})
    told = Told()

    form = session.url + "/card"
    assert buyer.look(session.url).headers["Location"].endswith("/card")
    assert "is incomplete" in buyer.send(form, **{**CARD, "number": "4242"}).text
    assert "Your card was declined." in buyer.send(form, **{**CARD, "number": "4000000000000002"}).text
    assert buyer.send(form, **{**CARD, "number": "5555555555554444"}).status_code == 303

    customer = client.v1.customers.retrieve(
        subscription.customer, params={"expand": ["invoice_settings.default_payment_method"]}
    )
    assert customer.invoice_settings.default_payment_method.card.last4 == "4444"
    found = client.v1.subscriptions.retrieve(subscription.id)
    assert found.default_payment_method == customer.invoice_settings.default_payment_method.id
    assert told.types == [
        "payment_method.attached",
        "customer.updated",
        "customer.subscription.updated",
        "setup_intent.succeeded",
    ]
    (setup,) = client.v1.setup_intents.list(params={"customer": subscription.customer}).data
    assert (setup.status, setup.payment_method) == ("succeeded", found.default_payment_method)


def test_a_card_that_asks_its_bank_is_saved_only_once_the_bank_agrees(client, sandbox: str, buyer: Buyer) -> None:
    subscription = subscribed(client)
    session = enter(client, subscription.customer)
    bank = sandbox + buyer.send(session.url + "/card", **{**CARD, "number": "4000002500003155"}).headers["Location"]

    failed = buyer.send(bank, answer="fail").headers["Location"]
    assert "did not confirm" in buyer.look(sandbox + failed).text
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept.default_payment_method == subscription.default_payment_method
    buyer.send(session.url + "/card", **{**CARD, "number": "4000002500003155"})
    assert buyer.send(bank, answer="approve").status_code == 303

    assert client.v1.subscriptions.retrieve(subscription.id).default_payment_method != kept.default_payment_method
    assert renew(client, subscription).status == "active"


def test_a_card_that_is_saved_may_be_refused_later(client, buyer: Buyer) -> None:
    subscription = subscribed(client)
    session = enter(client, subscription.customer)

    assert buyer.send(session.url + "/card", **{**CARD, "number": "4000000000000341"}).status_code == 303

    assert renew(client, subscription).status == "past_due"
    assert "did not go through" in buyer.look(session.url).text


def configured(client, *prices, **features):
    products = [{"product": price.product, "prices": [price.id]} for price in prices]
    return client.v1.billing_portal.configurations.create(
        params={
            "business_profile": {"headline": "Soulfra"},
            "features": {
                "invoice_history": {"enabled": True},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": products,
                    "proration_behavior": "always_invoice",
                },
                **features,
            },
        }
    )


def test_another_plan_is_chosen_confirmed_and_paid(client, sandbox: str, buyer: Buyer) -> None:
    small, big = plan(client), plan(client, 5000, name="Pro plan")
    subscription = subscribed(client, small)
    session = enter(client, subscription.customer, configuration=configured(client, small, big).id)

    plans = sandbox + link(buyer.look(session.url).text, "Change plan")
    assert "Pro plan" in buyer.look(plans).text
    told = Told()
    confirm = f"{plans}?price={big.id}"
    page = buyer.look(confirm).text
    assert "Due today" in page
    assert "$30.00" in page
    assert told.types == []
    assert buyer.send(confirm).status_code == 303

    changed = client.v1.subscriptions.retrieve(subscription.id, params={"expand": ["latest_invoice"]})
    assert (changed.items.data[0].price.id, changed.latest_invoice.total) == (big.id, 3000)
    assert "invoice.paid" in told.types


def test_a_confirm_flow_leads_straight_to_its_change_and_back_to_the_shop(client, sandbox: str, buyer: Buyer) -> None:
    small, big = plan(client), plan(client, 5000, name="Pro plan")
    subscription = subscribed(client, small)
    item = {"id": subscription.items.data[0].id, "price": big.id, "quantity": 1}
    flow = {
        "type": "subscription_update_confirm",
        "subscription_update_confirm": {"subscription": subscription.id, "items": [item]},
        "after_completion": {"type": "redirect", "redirect": {"return_url": f"{HERE}/done"}},
    }
    session = enter(client, subscription.customer, configuration=configured(client, small, big).id, flow_data=flow)

    address = sandbox + buyer.look(session.url).headers["Location"]
    answer = buyer.send(address)

    assert answer.headers["Location"] == f"{HERE}/done"
    assert client.v1.subscriptions.retrieve(subscription.id).items.data[0].price.id == big.id


def test_canceling_at_once_where_configured(client, sandbox: str, buyer: Buyer) -> None:
    subscription = subscribed(client)
    features = {"subscription_cancel": {"enabled": True, "mode": "immediately"}}
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}}
    session = enter(client, subscription.customer, configuration=configured(client, **features).id, flow_data=flow)
    told = Told()

    address = sandbox + buyer.look(session.url).headers["Location"]
    assert "ends at once" in buyer.look(address).text
    buyer.send(address)

    assert told.types == ["customer.subscription.deleted"]
    assert "You have no plan." in buyer.look(session.url + "?home").text


def test_somebody_elses_subscription_is_not_found(client, sandbox: str, buyer: Buyer) -> None:
    mine, other = subscribed(client), subscribed(client)
    session = enter(client, mine.customer)

    assert buyer.look(f"{session.url}/plans/{other.id}/cancel").status_code == 404
    assert buyer.look(f"{sandbox}/p/session/bps_nope").status_code == 404
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": other.id}}
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        enter(client, mine.customer, flow_data=flow)


def test_configurations_are_listed_and_changed(client) -> None:
    customer = client.v1.customers.create(params={})
    session = enter(client, customer.id)
    made = configured(client)

    listed = client.v1.billing_portal.configurations.list
    assert [found.id for found in listed(params={"is_default": True}).data] == [session.configuration]
    assert {found.id for found in listed().data} == {session.configuration, made.id}
    changed = client.v1.billing_portal.configurations.update(
        made.id, params={"active": False, "features": {"invoice_history": {"enabled": False}}}
    )
    assert (changed.active, changed.features.invoice_history.enabled) == (False, False)
    assert changed.features.subscription_update.enabled is True
    assert client.v1.billing_portal.configurations.retrieve(made.id).business_profile.headline == "Soulfra"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"customer": "cus_nope"}, "customer"),
        ({"configuration": "bpc_nope"}, "configuration"),
        ({"flow_data": {"type": "subscription_cancel"}}, "flow_data[subscription_cancel]"),
        ({"flow_data": {"type": "dance"}}, "flow_data[type]"),
        ({"nonsense": "1"}, "nonsense"),
    ],
)
def test_what_a_portal_session_does_not_take_is_refused_by_name(client, params, param: str) -> None:
    customer = client.v1.customers.create(params={})

    with pytest.raises(stripe.InvalidRequestError) as found:
        enter(client, **{"customer": customer.id, **params})

    assert found.value.param == param


def test_the_helpers_act_as_the_page_does(client) -> None:
    subscription, big = subscribed(client), plan(client, 5000, name="Pro plan")

    planned = cancel_in_portal(subscription.id)
    assert (planned["cancel_at_period_end"], planned["cancel_at"]) == (
        False,
        subscription.items.data[0].current_period_end,
    )
    assert keep_in_portal(subscription.id)["cancel_at"] is None
    changed = change_plan_in_portal(subscription.id, price=big.id)
    assert changed["items"]["data"][0]["price"]["id"] == big.id
    assert client.v1.invoices.retrieve(changed["latest_invoice"]).total == 3000


def test_a_planned_downgrade_gives_way_to_what_the_customer_decides_in_the_portal(client) -> None:
    subscription = subscribed(client)
    schedule = client.v1.subscription_schedules.create(params={"from_subscription": subscription.id})

    cancel_in_portal(subscription.id)

    assert client.v1.subscription_schedules.retrieve(schedule.id).status == "released"
    assert renew(client, subscription).status == "canceled"


def test_a_plan_that_cannot_be_paid_for_is_not_taken(client) -> None:
    subscription, big = subscribed(client), plan(client, 5000)
    fail_next_payment(subscription.id)

    with pytest.raises(Refused, match="insufficient funds"):
        change_plan_in_portal(subscription.id, price=big.id)

    assert client.v1.subscriptions.retrieve(subscription.id).items.data[0].price.id != big.id
