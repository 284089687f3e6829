"""What a configuration of the Billing Portal lets customers do."""

from stripe_sandbox.objects import Body

REASONS = (
    "too_expensive missing_features switched_service unused customer_service too_complex low_quality other"
).split()

OFF: Body = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": REASONS},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}

USUAL: Body = {
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"cancellation_reason": {"enabled": True}, "enabled": True},
}


def merged(current: Body, given: Body) -> Body:
    """The features after `changes`: each keeps what is not named."""
    return {
        name: merged(value, given[name]) if isinstance(value, dict) and name in given else given.get(name, value)
        for name, value in current.items()
    }
