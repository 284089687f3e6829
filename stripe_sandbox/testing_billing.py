"""Subscriptions in tests: what the operator, the dashboard's staff and the customer's bank do (see testing.py)."""

from stripe_sandbox.documents import Body
from stripe_sandbox.terminal import server


def renew(subscription_id: str) -> Body:
    """Time passes to the end of the period and the hour in which its invoice is a draft; gives the subscription."""
    return server.post("/stripe-sandbox/api/renew", subscription=subscription_id)


def fail_next_payment(subscription_id: str, *, times: int = 1, decline_code: str = "insufficient_funds") -> Body:
    """The next charges that are made without the customer are refused, whatever the card; gives the subscription."""
    return server.post(
        "/stripe-sandbox/api/fail-next-payment", subscription=subscription_id, times=times, decline_code=decline_code
    )


def pay_invoice(invoice_id: str, *, card: str = "4242424242424242", fail_3ds: bool = False) -> Body:
    """Pay an open invoice on its page; gives it as it is then. Raises `terminal.server.Refused` for a declined card."""
    fails = "true" if fail_3ds else "false"
    return server.post("/stripe-sandbox/api/pay-invoice", invoice=invoice_id, card=card, fail_3ds=fails)


def change_card(subscription_id: str, *, card: str) -> Body:
    """As the customer does in the Billing Portal; gives the subscription. 4000000000000341 is saved, later refused."""
    return server.post("/stripe-sandbox/api/change-card", subscription=subscription_id, card=card)


def cancel_in_portal(subscription_id: str) -> Body:
    """As the customer does there: `cancel_at` says when it ends, `cancel_at_period_end` stays false."""
    return server.post("/stripe-sandbox/api/portal-cancel", subscription=subscription_id)


def keep_in_portal(subscription_id: str) -> Body:
    """The customer takes the cancellation back; gives the subscription."""
    return server.post("/stripe-sandbox/api/portal-keep", subscription=subscription_id)


def change_plan_in_portal(subscription_id: str, *, price: str) -> Body:
    """The customer takes another plan and pays the difference at once; gives the subscription."""
    return server.post("/stripe-sandbox/api/portal-change-plan", subscription=subscription_id, price=price)


def cancel_subscription(subscription_id: str, *, at_period_end: bool = False) -> Body:
    """As staff do in the dashboard; gives the subscription."""
    at = "true" if at_period_end else "false"
    return server.post("/stripe-sandbox/api/cancel-subscription", subscription=subscription_id, at_period_end=at)


def dunning(*, retry_days: list[int], finally_: str) -> Body:
    """When refused renewals are tried again (days after one another), and then: cancel, unpaid or past_due."""
    days = ",".join(map(str, retry_days))
    return server.post("/stripe-sandbox/api/dunning", **{"retry_days": days, "finally": finally_})
