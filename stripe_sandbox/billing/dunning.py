"""What happens after a renewal's payment was refused: when it is tried again, and what comes after the last try.

In Stripe these are settings of the dashboard; here they are kept in the store.
"""

from dataclasses import asdict, dataclass, field

from stripe_sandbox.objects import Body
from stripe_sandbox.store import Database

DAY = 24 * 3600
ENDS = ("cancel", "unpaid", "past_due")


@dataclass(frozen=True)
class Rules:
    """`retry_days`: how many days after one refused attempt the next is made. `finally_`: what is left afterwards."""

    retry_days: list[int] = field(default_factory=lambda: [3, 5, 7])
    finally_: str = "cancel"

    def next_attempt(self, attempts: int, *, now: int) -> int | None:
        """When to try again after so many refused attempts, or None."""
        return now + self.retry_days[attempts - 1] * DAY if attempts <= len(self.retry_days) else None

    @property
    def body(self) -> Body:
        return {"retry_days": self.retry_days, "finally": self.finally_}


def current(db: Database) -> Rules:
    """The rules for retrying unpaid invoices, the default ones unless set."""
    return Rules(**db.setting("dunning", {}))


def set_rules(db: Database, rules: Rules) -> Rules:
    """Save the rules for retrying unpaid invoices; returns them."""
    db.set("dunning", asdict(rules))
    return rules
