"""Every verb. A new one is a line in the module of its kind."""

from stripe_sandbox.verbs import (
    api_faults,
    conversions,
    disputes,
    payments,
    portal,
    refunds,
    subscriptions,
    time,
    webhooks,
)
from stripe_sandbox.verbs.verb import Verb

VERBS: dict[str, Verb] = {
    verb.name: verb
    for kind in (payments, refunds, disputes, conversions, subscriptions, portal, webhooks, time, api_faults)
    for verb in kind.VERBS
}
