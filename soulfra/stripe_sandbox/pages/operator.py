"""The operator's page, /stripe-sandbox/: what Stripe's dashboard would show, and a button to send an event again."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from soulfra.stripe_sandbox import currencies, deliveries, documents, store, worker
from soulfra.stripe_sandbox.documents import Body
from soulfra.stripe_sandbox.pages.rendering import render, sandbox_page, see_other, shown_time

_SHOWN = 50


@require_safe
@sandbox_page
def page(request: HttpRequest) -> HttpResponse:
    with store.reading() as db:
        rows = db.execute(
            "SELECT * FROM document WHERE kind = 'checkout.session' ORDER BY seq DESC LIMIT ?", (_SHOWN,)
        ).fetchall()
        events = deliveries.latest(db, limit=_SHOWN)
    context = {
        "sessions": [_line(documents.from_row(row).body) for row in rows],
        "events": [event | {"at": shown_time(event["created"])} for event in events],
        "resent": request.GET.get("resent"),
        "shown": _SHOWN,
    }
    return render(request, "operator", context)


@require_POST
@sandbox_page
def resend(request: HttpRequest) -> HttpResponse:
    with store.writing() as db:
        event = deliveries.resend(db, request.POST.get("event", ""))
    worker.call()
    return see_other(f"{reverse('stripe_sandbox:operator')}?resent={event['id']}")


def _line(session: Body) -> Body:
    return {
        "id": session["id"],
        "at": shown_time(session["created"]),
        "total": currencies.shown(session["amount_total"], session["currency"]),
        "email": (session["customer_details"] or {}).get("email") or "",
        "status": session["status"],
        "payment_status": session["payment_status"],
    }
