"""The sandbox for tests: a real threaded web server with a store of its own, and a buyer without a browser.

It never touches the test database, and every test may open a transaction meanwhile.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import override_settings

from stripe_sandbox import clock, documents, store, worker
from stripe_sandbox.documents import Body
from stripe_sandbox.terminal import server


@contextmanager
def run_sandbox(store_path: Path | str, *, webhook_url: str = "") -> Iterator[str]:
    """Serve Django (all of it, as in production) on a free port of this machine; gives the address.

    Within, the settings point at it. Without `webhook_url` events are recorded but sent nowhere: fetch them with
    `events_of` and deliver them by hand with `webhooks.signed`.
    """
    web = ThreadedWSGIServer(("127.0.0.1", 0), _QuietHandler)
    web.set_app(StaticFilesHandler(WSGIHandler()))
    address = f"http://127.0.0.1:{web.server_port}"
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    with override_settings(
        SANDBOX_ADDRESS=address,
        SANDBOX_STORE=str(store_path),
        SANDBOX_WEBHOOK_URL=webhook_url,
        STRIPE_API_BASE=address,
    ):
        thread.start()
        try:
            yield address
        finally:
            web.shutdown()
            web.server_close()
            thread.join()
            worker.stop()
            store.close_idle()


def pay(
    session_id: str,
    *,
    card: str = "4242424242424242",
    bank: str | None = None,
    code: str | None = None,
    fail_3ds: bool = False,
) -> Body:
    """Pay as a buyer by card, or from the test account `bank`; gives the session as it is then.

    `code` is a promotion code: FREE100 leaves nothing to pay, HALF50 half of it. Raises `terminal.server.Refused` for
    a declined card.
    """
    means = {"bank": bank} if bank else {"card": card, "fail_3ds": "true" if fail_3ds else "false"}
    return server.post("/stripe-sandbox/api/pay", session=session_id, **means, **_given(code=code))


def settle(session_id: str) -> Body:
    """The bank payment of a session arrives; gives the session as it is then."""
    return server.post("/stripe-sandbox/api/settle", session=session_id)


def bounce(session_id: str) -> Body:
    """The bank payment of a session is sent back; gives the session as it is then."""
    return server.post("/stripe-sandbox/api/bounce", session=session_id)


def refund(payment_intent: str, amount: int | None = None) -> Body:
    """Refund from the dashboard, without metadata: `amount` minor units, or all that is left. Gives the refund."""
    return server.post("/stripe-sandbox/api/refund", **_given(payment_intent=payment_intent, amount=amount))


def settle_refund(refund_id: str) -> Body:
    """A pending refund arrives; gives it as it is then."""
    return server.post("/stripe-sandbox/api/settle-refund", refund=refund_id)


def fail_refund(refund_id: str) -> Body:
    """A pending or succeeded refund fails, and its money comes back; gives it as it is then."""
    return server.post("/stripe-sandbox/api/fail-refund", refund=refund_id)


def cancel_refund(refund_id: str) -> Body:
    """Cancel a pending refund in the dashboard; gives it as it is then."""
    return server.post("/stripe-sandbox/api/cancel-refund", refund=refund_id)


def dispute(payment_intent: str, inquiry: bool = False, amount: int | None = None) -> Body:
    """The buyer disputes the payment, or only asks about it; an open inquiry becomes a dispute. Gives the dispute.

    `amount` is in minor units; by default all that was not refunded.
    """
    return server.post(
        "/stripe-sandbox/api/dispute",
        **_given(payment_intent=payment_intent, inquiry="true" if inquiry else "false", amount=amount),
    )


def close_dispute(dispute_id: str, *, won: bool, reinstated: int | None = None) -> Body:
    """The bank decides; a win gives back all, or `reinstated` minor units. An inquiry just ends. Gives the dispute."""
    return server.post(
        "/stripe-sandbox/api/close-dispute",
        **_given(dispute=dispute_id, won="true" if won else "false", reinstated=reinstated),
    )


def appeal(dispute_id: str) -> Body:
    """Staff appeal a lost dispute; it is under review again, for `close_dispute` to decide. Gives the dispute."""
    return server.post("/stripe-sandbox/api/appeal", dispute=dispute_id)


def warn(payment_intent: str) -> Body:
    """The card's issuer suspects fraud; gives the early fraud warning."""
    return server.post("/stripe-sandbox/api/warn", payment_intent=payment_intent)


def faults(**switches: bool | int | str) -> Body:
    """Set the named switches of webhooks and leave the others; gives all of them.

    duplicate, shuffle, two_ids: bool; delay: seconds; drop: a pattern of event types (True: every event, False: none);
    give_up_after: attempts. `clear_faults()` ends them.
    """
    if isinstance(switches.get("drop"), bool):
        switches["drop"] = "*" if switches["drop"] else ""
    said = {name: str(value).lower() if isinstance(value, bool) else value for name, value in switches.items()}
    return server.post("/stripe-sandbox/api/faults", **said)


def clear_faults() -> Body:
    return server.post("/stripe-sandbox/api/clear-faults")


def events_of(object_id: str, *, type: str | None = None) -> list[Body]:
    """The events about one object, oldest first, as they would be sent."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT * FROM document WHERE kind = 'event' AND json_extract(body, '$.data.object.id') = ? ORDER BY seq",
            (object_id,),
        ).fetchall()
    found = [documents.from_row(row).body for row in rows]
    return [event for event in found if type in (None, event["type"])]


def events_since(event_id: str | None) -> list[Body]:
    """Every event after this one (None: from the start), oldest first, as they would be sent."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT * FROM document WHERE kind = 'event' "
            "AND seq > coalesce((SELECT seq FROM document WHERE id = ?), 0) ORDER BY seq",
            (event_id,),
        ).fetchall()
    return [documents.from_row(row).body for row in rows]


def advance(*, seconds: int) -> None:
    """Move Stripe's clock forward."""
    with store.writing() as db:
        clock.advance(db, seconds=seconds)


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


class _QuietHandler(WSGIRequestHandler):
    # Headers and body go out in two writes; without this, the second waits 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """A test's own report is enough."""
