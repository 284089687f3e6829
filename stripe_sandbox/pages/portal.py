"""The Billing Portal, /p/session/<session id>: the plans, their end and its taking back, the card, the invoices."""

from collections.abc import Callable
from urllib.parse import urlencode

from werkzeug import Response

from stripe_sandbox.billing import lines as billing_lines
from stripe_sandbox.billing import portal, portal_features, previews, subscriptions, test_clocks
from stripe_sandbox.catalogue.currencies import shown
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.pages import addresses
from stripe_sandbox.pages import portal_lines as lines
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.rendering import render, see_other, shown_ahead
from stripe_sandbox.server.web import Request
from stripe_sandbox.store import Database, clock

_PLAN = "/p/session/<session_id>/plans/<subscription_id>"


@page("portal", "/p/session/<session_id>", "GET")
def portal_home(request: Request, session_id: str) -> Response:
    with request.store.reading() as db:
        session = found(db, session_id)
        flow = session.body["flow"]
        # A link made for one purpose leads straight to it, until that is done.
        if flow and "home" not in request.args:
            return see_other(_entry(session))
        context = lines.of_session(db, session) | {"ahead": shown_ahead(clock.ahead(db))}
    return render("portal", {**context, "done": request.args.get("done", "")})


@page("portal_cancel", f"{_PLAN}/cancel", "GET", "POST")
def cancel(request: Request, session_id: str, subscription_id: str) -> Response:
    """GET asks, POST cancels the subscription as the portal's configuration says."""
    feedback = request.form.get("feedback", "")
    if request.method == "POST" and feedback in ("", *portal_features.REASONS):

        def act(db: Database, session: Document, subscription: Document) -> None:
            configuration = portal.configuration_of(db, session)
            portal.cancel(db, subscription, configuration, feedback=feedback)

        return _act(request, session_id, subscription_id, act, done="The plan is canceled.")
    with request.store.reading() as db:
        session = found(db, session_id)
        subscription, configuration = _owned(db, session, subscription_id), portal.configuration_of(db, session)
        features = configuration.body["features"]["subscription_cancel"]
        context = {
            **lines.of_session(db, session),
            "plan": lines.of_plan(db, subscription, configuration),
            "is_at_once": features["mode"] == "immediately",
            "reasons": features["cancellation_reason"]["options"] if features["cancellation_reason"]["enabled"] else [],
        }
    return render("portal_cancel", context)


@page("portal_keep", f"{_PLAN}/keep", "POST")
def keep(request: Request, session_id: str, subscription_id: str) -> Response:
    """POST withdraws a scheduled cancellation."""

    def act(db: Database, session: Document, subscription: Document) -> None:
        portal.keep(db, subscription)

    return _act(request, session_id, subscription_id, act, done="The plan goes on.")


@page("portal_plan", _PLAN, "GET", "POST")
def plan(request: Request, session_id: str, subscription_id: str) -> Response:
    """Choose another plan; with `price`, see what it costs, and take it."""
    if request.method == "POST":

        def act(db: Database, session: Document, subscription: Document) -> None:
            wanted = _wanted(session, subscription, request.form.get("price", ""))
            terms = portal.terms_of(portal.configuration_of(db, session))
            portal.take_plan(db, subscription, wanted, terms)

        return _act(request, session_id, subscription_id, act, done="The plan is changed.")
    with request.store.reading() as db:
        session = found(db, session_id)
        subscription, configuration = _owned(db, session, subscription_id), portal.configuration_of(db, session)
        context = {**lines.of_session(db, session), "plan": lines.of_plan(db, subscription, configuration)}
        context["offers"] = lines.offers(db, subscription, configuration)
    wanted_price = request.args.get("price")
    if wanted_price is None:
        return render("portal_plans", context)
    with request.writing() as db:
        preview = _preview(db, session, subscription, configuration, wanted_price)
    return render("portal_confirm", {**context, **preview, "chosen": wanted_price})


def found(db: Database, session_id: str) -> Document:
    """The portal session with this id. Raises StripeError (404) for an unknown one."""
    return documents.require(db, "billing_portal.session", session_id)


def home(session_id: str) -> str:
    """The address of a session's portal, at its first page."""
    return addresses.of("portal", session_id) + "?home"


def finished(request: Request, session: Document, *, done: str) -> Response:
    """Where the session's flow wants the customer to go, or back to the start."""
    after = (session.body["flow"] or {}).get("after_completion", {"type": "portal_homepage"})
    if after["type"] == "redirect":
        return see_other(after["redirect"]["return_url"])
    message = (after.get("hosted_confirmation") or {}).get("custom_message") or done
    return see_other(f"{home(session.id)}&{urlencode({'done': message})}")


def _act(
    request: Request,
    session_id: str,
    subscription_id: str,
    act: Callable[[Database, Document, Document], None],
    *,
    done: str,
) -> Response:
    with request.writing() as db:
        session = found(db, session_id)
        subscription = _owned(db, session, subscription_id)
        with test_clocks.time_of(db, subscription):
            act(db, session, subscription)
    return finished(request, session, done=done)


def _owned(db: Database, session: Document, subscription_id: str) -> Document:
    subscription = documents.require(db, "subscription", subscription_id)
    if subscription.body["customer"] != session.body["customer"]:
        raise no_such("subscription", subscription_id)
    return subscription


def _entry(session: Document) -> str:
    flow = session.body["flow"]
    if flow["type"] == "payment_method_update":
        return addresses.of("portal_card", session.id)
    subscription_id = flow[flow["type"]]["subscription"]
    if flow["type"] == "subscription_cancel":
        return addresses.of("portal_cancel", session.id, subscription_id)
    address = addresses.of("portal_plan", session.id, subscription_id)
    if flow["type"] == "subscription_update":
        return address
    (item,) = flow["subscription_update_confirm"]["items"]
    return f"{address}?{urlencode({'price': item.get('price', '')})}"


def _wanted(session: Document, subscription: Document, price_id: str) -> list[Body]:
    """The change that the customer confirms: the flow's own, or the chosen price for the first item."""
    flow = session.body["flow"]
    if flow and flow["type"] == "subscription_update_confirm":
        asked: list[Body] = flow["subscription_update_confirm"]["items"]
        return asked
    return [{"id": subscriptions.items_of(subscription)[0]["id"], "price": price_id}]


def _preview(db: Database, session: Document, subscription: Document, configuration: Document, price_id: str) -> Body:
    """What would be paid now and what with the next renewal."""
    wanted, terms = _wanted(session, subscription, price_id), portal.terms_of(configuration)
    body = previews.of_change(db, subscription, wanted, terms)
    price = documents.require(db, "price", wanted[0].get("price") or price_id, param="price").body
    return {
        "offer": {"name": billing_lines.name(db, price), "price": lines.price(price)},
        "is_now": body["billing_reason"] == "subscription_update",
        "due": shown(body["amount_due"], body["currency"]),
        "changes": [
            {"name": line["description"], "amount": shown(line["amount"], line["currency"])}
            for line in body["lines"]["data"]
        ],
    }
