"""What the Billing Portal says about a customer's plans, card and invoices."""

from urllib.parse import urlsplit

from stripe_sandbox.billing import invoices, lines, periods, portal, subscriptions
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.checkout import line_items
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.pages.rendering import shown_time
from stripe_sandbox.store import Database


def of_session(db: Database, session: Document) -> Body:
    """The template context of a portal session."""
    configuration, customer = portal.configuration_of(db, session), invoices.customer_of(db, session)
    features = configuration.body["features"]
    return {
        "session": session.id,
        "merchant": merchant(session, configuration),
        "return_url": session.body["return_url"],
        "headline": configuration.body["business_profile"]["headline"],
        "privacy": configuration.body["business_profile"]["privacy_policy_url"],
        "terms": configuration.body["business_profile"]["terms_of_service_url"],
        "plans": [of_plan(db, found, configuration) for found in portal.current_subscriptions(db, customer.id)],
        "card": _card(db, customer),
        "can_change_card": features["payment_method_update"]["enabled"],
        "shows_invoices": features["invoice_history"]["enabled"],
        "invoices": [_of_invoice(found.body) for found in portal.finalized_invoices(db, customer.id)],
    }


def merchant(session: Document, configuration: Document) -> str:
    """Where the customer came from, unless the configuration has a name."""
    return str(configuration.body["name"] or urlsplit(session.body["return_url"] or "").netloc or "The merchant")


def of_plan(db: Database, subscription: Document, configuration: Document) -> Body:
    """The template context of a subscription in the portal."""
    body, features = subscription.body, configuration.body["features"]
    changes = features["subscription_update"]
    found = subscriptions.items_of(subscription)
    _, end = subscriptions.period_of(subscription)
    ends_at = body["cancel_at"]
    return {
        "id": subscription.id,
        "name": ", ".join(lines.name(db, item["price"]) for item in found),
        "price": price(found[0]["price"], quantity=found[0]["quantity"]),
        "status": body["status"].replace("_", " "),
        "is_late": body["status"] in ("past_due", "unpaid"),
        "ends_on": day(ends_at) if ends_at else "",
        "renews_on": day(end),
        "can_be_canceled": features["subscription_cancel"]["enabled"] and not ends_at,
        "can_be_kept": bool(ends_at),
        "can_be_changed": changes["enabled"] and "price" in changes["default_allowed_updates"] and not ends_at,
    }


def offers(db: Database, subscription: Document, configuration: Document) -> list[Body]:
    """The prices that the configuration offers, the subscription's own among them, as template context."""
    own = subscriptions.items_of(subscription)[0]["price"]["id"]
    products = configuration.body["features"]["subscription_update"]["products"]
    found = [documents.find(db, "price", price_id) for product in products for price_id in product["prices"]]
    return [
        {"id": one.id, "name": lines.name(db, one.body), "price": price(one.body), "is_own": one.id == own}
        for one in found
        if one and one.body["recurring"]
    ]


def price(body: Body, *, quantity: int = 1) -> str:
    """A price with its period for people: “$5.00 per month”."""
    amount = currencies.shown(line_items.total(body, quantity), body["currency"])
    return f"{amount} {periods.in_words(body['recurring'])}"


def day(moment: int) -> str:
    """Unix seconds as a date in UTC: 2026-11-30."""
    return shown_time(moment)[:10]


def _card(db: Database, customer: Document) -> Body | None:
    """The card that is charged next: the subscriptions' own, or the customer's."""
    named = [found.body["default_payment_method"] for found in portal.current_subscriptions(db, customer.id)]
    named.append(customer.body["invoice_settings"]["default_payment_method"])
    method = next((found for id in named if (found := documents.find(db, "payment_method", id))), None)
    if method is None:
        return None
    card = method.body.get("card")
    return {"brand": card["display_brand"], "last4": card["last4"]} if card else {"brand": "Link", "last4": ""}


def _of_invoice(body: Body) -> Body:
    return {
        "number": body["number"],
        "made_on": day(body["created"]),
        "amount": currencies.shown(body["amount_due"], body["currency"]),
        "status": body["status"],
        "url": body["hosted_invoice_url"],
    }
