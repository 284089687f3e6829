"""The operator's page, /stripe-sandbox/: what Stripe's dashboard would show, and a button for each of its verbs."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from stripe_sandbox import clock, deliveries, faults, store, worker
from stripe_sandbox.billing import dunning
from stripe_sandbox.documents import Body
from stripe_sandbox.pages import operator_lines as lines
from stripe_sandbox.pages.rendering import render, sandbox_page, see_other, shown_time
from stripe_sandbox.store import Database

_SHOWN = 50


@require_safe
@sandbox_page
def page(request: HttpRequest) -> HttpResponse:
    with store.reading() as db:
        context = {
            "now": shown_time(clock.now(db)),
            "subscriptions": [lines.of_subscription(db, one) for one in lines.latest(db, "subscription", limit=_SHOWN)],
            "invoices": [lines.of_invoice(db, one) for one in lines.latest(db, "invoice", limit=_SHOWN)],
            **_dunning(db),
            "sessions": [lines.of_session(found) for found in lines.latest(db, "checkout.session", limit=_SHOWN)],
            "payments": [lines.of_payment(db, found) for found in lines.latest(db, "payment_intent", limit=_SHOWN)],
            "refunds": [lines.of_refund(found) for found in lines.latest(db, "refund", limit=_SHOWN)],
            "disputes": [lines.of_dispute(found) for found in lines.latest(db, "dispute", limit=_SHOWN)],
            "faults": faults.current(db),
            "tries": faults.ATTEMPTS,
            "events": _events(db),
            "shown": _SHOWN,
        }
    told = {name: request.GET.get(name, "") for name in ("resent", "done", "id")}
    return render(request, "operator", context | told)


@require_POST
@sandbox_page
def resend(request: HttpRequest) -> HttpResponse:
    with store.writing() as db:
        event = deliveries.resend(db, request.POST.get("event", ""))
    worker.call()
    return see_other(f"{reverse('stripe_sandbox:operator')}?resent={event['id']}")


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
