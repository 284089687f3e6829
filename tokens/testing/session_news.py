"""News of a Checkout Session, in whatever order the test tells it."""

# News of one session: the event's type, and the session's own status and payment status in it.
EVENTS = {
    "paid": ("checkout.session.completed", "complete", "paid"),
    "settled": ("checkout.session.async_payment_succeeded", "complete", "paid"),
    "unpaid": ("checkout.session.completed", "complete", "unpaid"),
    "bounced": ("checkout.session.async_payment_failed", "complete", "unpaid"),
    "expired": ("checkout.session.expired", "expired", "unpaid"),
}
MONEY = {"paid", "settled"}


def tell(sandbox, purchase, *kinds):
    """Deliver these events in this order, each signed and under an id of its own; gives the purchase as it is then."""
    event = sandbox.event(purchase)
    for number, kind in enumerate(kinds):
        event_type, status, payment_status = EVENTS[kind]
        session = {**event["data"]["object"], "status": status, "payment_status": payment_status}
        told = {**event, "id": f"evt_{number}_{kind}", "type": event_type, "data": {"object": session}}
        assert sandbox.deliver(told).status_code == 200
    purchase.refresh_from_db()
    return purchase
