"""When a subscription ends: now, with its period, at another moment, or not after all."""

from stripe_sandbox.billing import schedules, subscriptions
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document
from stripe_sandbox.store import Database, clock


def require_alive(subscription: Document) -> None:
    """Raises StripeError for a subscription that has ended."""
    if subscription.body["status"] in subscriptions.OVER:
        raise StripeError(
            "A canceled subscription can only update its cancellation_details and metadata.", param="subscription"
        )


def planned(db: Database, subscription: Document, params: Body) -> Body:
    """The fields that `cancel_at_period_end`, `cancel_at` and `cancellation_details` change."""
    fields: Body = {}
    if "cancel_at_period_end" in params and params.get("cancel_at"):
        raise StripeError(
            "You may only specify one of these parameters: cancel_at_period_end, cancel_at.", param="cancel_at"
        )
    if "cancel_at_period_end" in params or "cancel_at" in params:
        _refuse_scheduled(subscription)
        fields = _end(db, subscription, params)
    if "cancellation_details" in params:
        details: Body = fields.get("cancellation_details") or subscription.body["cancellation_details"]
        given = {name: value or None for name, value in params["cancellation_details"].items()}
        fields["cancellation_details"] = {**details, **given}
    return fields


def now(db: Database, subscription: Document, params: Body) -> None:
    """End the subscription and its schedule at once, with events. Raises StripeError (404) when it has ended."""
    if subscription.body["status"] in subscriptions.OVER:
        raise StripeError(f"No such subscription: '{subscription.id}'", status=404, code="resource_missing", param="id")
    if "cancellation_details" in params:
        subscription.body |= planned(db, subscription, {"cancellation_details": params["cancellation_details"]})
    if subscription.body["schedule"]:
        schedule = schedules.found_of(db, subscription)
        schedules.cancel(db, schedule)
        return
    subscriptions.end(db, subscription, reason="cancellation_requested")


def _end(db: Database, subscription: Document, params: Body) -> Body:
    moment, (_, period_end) = clock.now(db), subscriptions.period_of(subscription)
    details = subscription.body["cancellation_details"]
    wanted = params.get("cancel_at")
    if params.get("cancel_at_period_end") or wanted in ("min_period_end", "max_period_end"):
        wanted = period_end
    if wanted is None:
        fields: Body = dict.fromkeys(("cancel_at", "canceled_at"))
        return {**fields, "cancel_at_period_end": False, "cancellation_details": {**details, "reason": None}}
    if wanted <= moment:
        raise StripeError("`cancel_at` must be in the future.", param="cancel_at")
    return {
        "cancel_at": wanted,
        "cancel_at_period_end": params.get("cancel_at_period_end", False),
        "canceled_at": moment,
        "cancellation_details": {**details, "reason": "cancellation_requested"},
    }


def _refuse_scheduled(subscription: Document) -> None:
    if schedule := subscription.body["schedule"]:
        raise StripeError(
            f"The subscription is managed by the subscription schedule `{schedule}`, and updating any cancelation "
            "behavior directly is not allowed. Please update the schedule instead.",
            param="cancel_at_period_end",
        )
