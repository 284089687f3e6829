"""Every endpoint of the API. A new resource is a new module and a line here."""

from soulfra.stripe_sandbox.api import charges, checkout_sessions, customers, events, payment_intents, verbs

ENDPOINTS = [
    *customers.ENDPOINTS,
    *checkout_sessions.ENDPOINTS,
    *payment_intents.ENDPOINTS,
    *charges.ENDPOINTS,
    *events.ENDPOINTS,
    *verbs.ENDPOINTS,
]
