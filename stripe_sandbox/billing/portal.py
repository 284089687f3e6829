"""The Billing Portal's sessions and configurations, and what a customer may do there.

The page itself is pages/portal.py. Everything done here reaches the shop as events only.
"""

from typing import Any

from stripe_sandbox.billing import cancellation, item_changes, portal_features, schedules, subscriptions
from stripe_sandbox.billing.item_changes import Terms
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import Body, Document, changes, documents, ids
from stripe_sandbox.payments import saved_methods
from stripe_sandbox.store import Database, clock

KIND = "billing_portal.configuration"
PAID_AT_ONCE = Terms(proration="always_invoice", payment="error_if_incomplete")


def configure(db: Database, features: Body, **fields: Any) -> Document:
    """Create a portal configuration with these features; returns it."""
    whole = portal_features.merged(portal_features.OFF, features)
    return changes.make(db, KIND, f"{KIND}.created", features=whole, updated=clock.now(db), **fields)


def reconfigure(db: Database, configuration: Document, features: Body, **fields: Any) -> None:
    """Change the features of a portal configuration; the change is an event."""
    merged = portal_features.merged(configuration.body["features"], features)
    changes.update(db, configuration, f"{KIND}.updated", features=merged, updated=clock.now(db), **fields)


def default_configuration(db: Database) -> Document:
    """As in a new account: invoices, cards and canceling, but no other plans."""
    for found in documents.about(db, KIND, "object", KIND):
        if found.body["is_default"]:
            return found
    return configure(db, portal_features.USUAL, is_default=True)


def open_session(db: Database, customer: Document, fields: Body) -> Document:
    """`fields` are the request's: configuration, flow_data, locale, return_url."""
    configuration = _configuration(db, fields)
    session_id = ids.new("billing_portal.session")
    return changes.make(
        db,
        "billing_portal.session",
        "billing_portal.session.created",
        id=session_id,
        configuration=configuration.id,
        customer=customer.id,
        flow=_flow(db, customer, fields["flow_data"]) if "flow_data" in fields else None,
        locale=fields.get("locale"),
        return_url=fields.get("return_url") or configuration.body["default_return_url"],
        url=f"{db.config.pages}/p/session/{session_id}",
    )


def cancel(db: Database, subscription: Document, configuration: Document, *, feedback: str) -> None:
    """At once or with the period, as configured. Only `cancel_at` tells of the latter, as with flexible billing."""
    cancellation.require_alive(subscription)
    _release(db, subscription)
    subscription = subscriptions.found(db, subscription.id)
    details = {"cancellation_details": {"feedback": feedback}} if feedback else {}
    if configuration.body["features"]["subscription_cancel"]["mode"] == "immediately":
        cancellation.now(db, subscription, details)
        return
    fields = cancellation.planned(db, subscription, {"cancel_at": "min_period_end", **details})
    subscriptions.change(db, subscription, **fields)


def keep(db: Database, subscription: Document) -> None:
    """Take a planned cancellation back."""
    cancellation.require_alive(subscription)
    fields = cancellation.planned(db, subscription, {"cancel_at_period_end": False})
    subscriptions.change(db, subscription, **fields)


def take_plan(db: Database, subscription: Document, wanted: list[Body], terms: Terms) -> None:
    """Change the subscription to the items `wanted`, as a customer does in the portal.

    Raises StripeError, CardError.
    """
    _release(db, subscription)
    item_changes.make(db, subscriptions.found(db, subscription.id), wanted, terms)


def terms_of(configuration: Document) -> Terms:
    """The terms of a plan change in the portal: one that can't be paid isn't made."""
    proration = configuration.body["features"]["subscription_update"]["proration_behavior"]
    return Terms(proration=proration, payment="error_if_incomplete")


def save_card(db: Database, customer: Document, method: Document) -> None:
    """Save a card with the customer as the default for invoices."""
    saved_methods.save_card(db, customer, method)
    setup_id = ids.new("setup_intent")
    changes.make(
        db,
        "setup_intent",
        "setup_intent.succeeded",
        id=setup_id,
        client_secret=f"{setup_id}_secret_{ids.random_text(25)}",
        customer=customer.id,
        payment_method=method.id,
        status="succeeded",
    )


def current_subscriptions(db: Database, customer_id: str) -> list[Document]:
    """The customer's subscriptions that haven't ended, oldest first."""
    found = documents.about(db, "subscription", "customer", customer_id)
    return [one for one in found if one.body["status"] not in (*subscriptions.OVER, "incomplete")]


def finalized_invoices(db: Database, customer_id: str) -> list[Document]:
    """The customer's invoices that are no drafts, newest first."""
    found = documents.about(db, "invoice", "customer", customer_id)[::-1]
    return [invoice for invoice in found if invoice.body["status"] in ("open", "paid", "uncollectible")]


def configuration_of(db: Database, session: Document) -> Document:
    """The configuration of a portal session. Raises StripeError (404)."""
    return documents.require(db, KIND, session.body["configuration"])


def _configuration(db: Database, fields: Body) -> Document:
    if "configuration" not in fields:
        return default_configuration(db)
    found = documents.require(db, KIND, fields["configuration"], param="configuration")
    if not found.body["active"]:
        raise StripeError(f"The configuration {found.id} is inactive.", param="configuration")
    return found


def _flow(db: Database, customer: Document, data: Body) -> Body:
    """The flow as it is answered: every kind's field, and `after_completion`."""
    kind = data["type"]
    names = "customer_update subscription_cancel subscription_pause subscription_update subscription_update_confirm"
    flow: Body = {**dict.fromkeys(names.split()), "type": kind}
    after = data.get("after_completion", {"type": "portal_homepage"})
    flow["after_completion"] = {"hosted_confirmation": None, "redirect": None, **after}
    if kind == "payment_method_update":
        return flow
    if kind not in data:
        raise StripeError(f"`flow_data[{kind}]` is required for this flow.", param=f"flow_data[{kind}]")
    subscription = subscriptions.found(db, data[kind]["subscription"], param=f"flow_data[{kind}][subscription]")
    if subscription.body["customer"] != customer.id:
        raise no_such("subscription", subscription.id, param=f"flow_data[{kind}][subscription]")
    cancellation.require_alive(subscription)
    if kind == "subscription_cancel" and subscription.body["cancel_at"]:
        raise StripeError("The subscription is already set to be canceled.", param=f"flow_data[{kind}][subscription]")
    if kind == "subscription_update_confirm":
        item_changes.planned(db, subscription, data[kind]["items"])
    extra = {"subscription_cancel": {"retention": None}, "subscription_update_confirm": {"discounts": None}}
    flow[kind] = {**extra.get(kind, {}), **data[kind]}
    return flow


def _release(db: Database, subscription: Document) -> None:
    """What the customer decides now takes the place of what was planned."""
    if subscription.body["schedule"]:
        schedules.release(db, schedules.found_of(db, subscription))
