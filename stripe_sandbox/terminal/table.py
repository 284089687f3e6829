"""Every verb. A new one is a new module and a line here."""

from stripe_sandbox.terminal import (
    advance,
    bank_debits,
    disputes,
    events,
    faults,
    pay,
    refunds,
    resend,
    subscriptions,
)
from stripe_sandbox.terminal.verb import Verb

VERBS: dict[str, Verb] = {
    "pay": pay.VERB,
    **bank_debits.VERBS,
    **refunds.VERBS,
    **disputes.VERBS,
    **subscriptions.VERBS,
    "events": events.VERB,
    "resend": resend.VERB,
    "faults": faults.VERB,
    "advance": advance.VERB,
}
