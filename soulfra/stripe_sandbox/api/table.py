"""Every endpoint of the API. A new resource is a new module and a line here."""

from soulfra.stripe_sandbox.api import (
    balance_transactions,
    charges,
    checkout_sessions,
    customers,
    dispute_verbs,
    disputes,
    early_fraud_warnings,
    events,
    fault_verbs,
    payment_intents,
    promotion_codes,
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
    *disputes.ENDPOINTS,
    *early_fraud_warnings.ENDPOINTS,
    *promotion_codes.ENDPOINTS,
    *balance_transactions.ENDPOINTS,
    *events.ENDPOINTS,
    *verbs.ENDPOINTS,
    *refund_verbs.ENDPOINTS,
    *dispute_verbs.ENDPOINTS,
    *fault_verbs.ENDPOINTS,
]
