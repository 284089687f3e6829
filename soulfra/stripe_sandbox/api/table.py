"""Every endpoint of the API. A new resource is a new module and a line here."""

from soulfra.stripe_sandbox.api import (
    balance_transactions,
    charges,
    checkout_sessions,
    customers,
    events,
    payment_intents,
    refund_verbs,
    refunds,
    verbs,
)

ENDPOINTS = [
    *customers.ENDPOINTS,
    *checkout_sessions.ENDPOINTS,
    *payment_intents.ENDPOINTS,
    *charges.ENDPOINTS,
    *refunds.ENDPOINTS,
    *balance_transactions.ENDPOINTS,
    *events.ENDPOINTS,
    *verbs.ENDPOINTS,
    *refund_verbs.ENDPOINTS,
]
