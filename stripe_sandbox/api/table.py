"""Every endpoint of the API. A new resource is a new module and a line here."""

from stripe_sandbox.api import (
    billing_portal,
    checkout_sessions,
    credit_notes,
    customers,
    disputes,
    invoices,
    payment_intents,
    payment_methods,
    prices,
    products,
    read_only,
    refunds,
    setup_intents,
    subscription_schedules,
    subscriptions,
    test_clocks,
)
from stripe_sandbox.verbs.table import VERBS

_RESOURCES = (
    customers,
    checkout_sessions,
    payment_intents,
    setup_intents,
    products,
    prices,
    payment_methods,
    subscriptions,
    subscription_schedules,
    invoices,
    credit_notes,
    billing_portal,
    test_clocks,
    refunds,
    disputes,
    read_only,
)
ENDPOINTS = [
    *(endpoint for each in _RESOURCES for endpoint in each.ENDPOINTS),
    *(endpoint for verb in VERBS.values() for endpoint in verb.endpoints()),
]
