"""Every verb. A new one is a line in the module of its kind."""

from stripe_sandbox.verbs import (
    api_faults,
    conversions,
    disputes,
    payments,
    portal,
    refunds,
    saved_cards,
    subscriptions,
    time,
    webhooks,
)
from stripe_sandbox.verbs.verb import Verb

_KINDS = (
    payments,
    saved_cards,
    refunds,
    disputes,
    conversions,
    subscriptions,
    portal,
    webhooks,
    time,
    api_faults,
)
VERBS: dict[str, Verb] = {verb.name: verb for kind in _KINDS for verb in kind.VERBS}
