"""Every verb. A new one is a new module and a line here."""

from soulfra.stripe_sandbox.terminal import events, pay, resend
from soulfra.stripe_sandbox.terminal.verb import Verb

VERBS: dict[str, Verb] = {"pay": pay.VERB, "events": events.VERB, "resend": resend.VERB}
