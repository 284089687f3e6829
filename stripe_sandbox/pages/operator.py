"""The operator's page, /stripe-sandbox/: what Stripe's dashboard would show, and a button for each of its verbs."""

from urllib.parse import urlencode

from werkzeug import Response

from stripe_sandbox.api.endpoints import Call
from stripe_sandbox.api.params import Shape
from stripe_sandbox.billing import dunning
from stripe_sandbox.errors import CardError, StripeError
from stripe_sandbox.objects import Body
from stripe_sandbox.pages import addresses
from stripe_sandbox.pages import operator_lines as lines
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.rendering import render, see_other, shown_ahead, shown_time
from stripe_sandbox.server.web import Request
from stripe_sandbox.server.worlds import name_of, shown_owner
from stripe_sandbox.store import Database, clock
from stripe_sandbox.verbs.table import VERBS
from stripe_sandbox.verbs.verb import Verb
from stripe_sandbox.webhooks import deliveries, webhook_faults

_SHOWN = 50


@page("start", "/", "GET", is_for_operators=True)
def start(request: Request) -> Response:
    return see_other(addresses.of("operator"))


@page("operator", "/stripe-sandbox/", "GET", is_for_operators=True)
def operator(request: Request) -> Response:
    with request.store.reading() as db:
        context = {
            **_worlds(request),
            "now": shown_time(clock.now(db)),
            "ahead": shown_ahead(clock.ahead(db)),
            "machine_now": shown_time(clock.now(db) - clock.ahead(db)),
            "subscriptions": [lines.of_subscription(db, one) for one in lines.latest(db, "subscription", limit=_SHOWN)],
            "invoices": [lines.of_invoice(db, one) for one in lines.latest(db, "invoice", limit=_SHOWN)],
            **_dunning(db),
            "sessions": [lines.of_session(found) for found in lines.latest(db, "checkout.session", limit=_SHOWN)],
            "payments": [lines.of_payment(db, found) for found in lines.latest(db, "payment_intent", limit=_SHOWN)],
            "cards": [lines.of_card(one) for one in lines.saved(db, limit=_SHOWN)],
            "refunds": [lines.of_refund(found) for found in lines.latest(db, "refund", limit=_SHOWN)],
            "disputes": [lines.of_dispute(found) for found in lines.latest(db, "dispute", limit=_SHOWN)],
            "faults": webhook_faults.current(db),
            "tries": webhook_faults.ATTEMPTS,
            "events": _events(db),
            "shown": _SHOWN,
        }
    told = {name: request.args.get(name, "") for name in ("done", "id")}
    return render("operator", context | told)


@page("do", "/stripe-sandbox/do/<verb>", "POST", is_for_operators=True)
def do(request: Request, verb: str) -> Response:
    """A button of the page: the same verb, with the same parameters, as the terminal's."""
    found = VERBS.get(verb)
    if found is None or found.handle is None:
        raise StripeError(f"The sandbox has no verb {verb}.", status=404)
    params = Shape(found.fields, found.required).read(_given(request, found)) or {}
    refused = None
    with request.writing() as db:
        call, body = Call(db, found.path, "", params), {}
        try:
            body = found.handle(call)
        except CardError as error:
            refused = error
    if refused:
        raise refused
    if call.await_event:
        request.wait_for_delivery(call.await_event)
    told = {"done": verb, "id": body.get("id", "")}
    if len(request.worlds.in_use()) > 1:
        told["world"] = name_of(request.sandbox)
    return see_other(f"{addresses.of('operator')}?{urlencode(told)}")


def _worlds(request: Request) -> Body:
    """This one, and all there are to choose from."""
    found = [{"name": name_of(world), "key": shown_owner(world)} for world in request.worlds.in_use()]
    return {"world": name_of(request.sandbox), "worlds": found}


def _given(request: Request, verb: Verb) -> dict[str, str]:
    """A field left empty asks for nothing, except where empty is an answer. Of a box, the last value counts: before it
    stands what it means when it is not ticked.
    """
    given = {name: values[-1].strip() for name, values in request.form.lists() if name in verb.fields}
    return {name: value for name, value in given.items() if value or getattr(verb.fields[name], "clearable", False)}


def _dunning(db: Database) -> Body:
    rules = dunning.current(db)
    return {"retry_days": ",".join(map(str, rules.retry_days)), "finally": rules.finally_, "ends": dunning.ENDS}


def _events(db: Database) -> list[Body]:
    found = deliveries.latest(db, limit=_SHOWN)
    attempts = deliveries.attempts_of(db, [event["id"] for event in found])
    return [
        event
        | {
            "at": shown_time(event["created"]),
            "attempts": [attempt | {"at": shown_time(int(attempt["at"]))} for attempt in attempts[event["id"]]],
        }
        for event in found
    ]
