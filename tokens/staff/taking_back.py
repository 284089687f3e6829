"""Taking a customer's spend back, whenever it was and whatever it paid for: within the limits of grants."""

from __future__ import annotations

from tokens.emails.kinds import write
from tokens.ledger.wallet import lock_existing_wallet, read_wallet
from tokens.models import GrantRequest, SpendReversal, TokenUsage
from tokens.spending import taking_back
from tokens.staff import alone
from tokens.staff.acts import Why, record
from tokens.staff.granting import require_grant
from tokens.staff.grants import STAFF_CHANGE
from tokens.transactions import money_transaction


@money_transaction
def take_back(usage: TokenUsage, *, why: Why, quantity: int | None = None) -> SpendReversal | GrantRequest:
    """Return what a spend took, or, above what is left of STAFF_DAILY_GRANT_LIMIT, ask another person to agree.

    `quantity` of it, or what is left. Raises NotPermitted (ActOnSelf for oneself), NotReversible, ReversalExceedsSpend.
    """
    most_alone = alone.left_for_this(why.by)
    lock_existing_wallet(usage.user_id)
    taking_back.require_spent(usage)
    wanted = taking_back.wanted_of(usage, quantity)
    tokens = taking_back.tokens_of(usage, wanted)
    require_grant(why, tokens, on=usage.user_id)
    if tokens > most_alone:
        return alone.ask(tokens, why=why, user=usage.user, usage=usage, quantity=wanted)
    reversal = return_spent(usage, quantity=wanted, why=why)
    record("reverse a spend", str(reversal), why=why, user_id=usage.user_id)
    return reversal


def return_spent(usage: TokenUsage, *, quantity: int, why: Why) -> SpendReversal:
    """Take back so many times of a spend, and tell the customer, but no note. Whoever asked was permitted to, or was
    approved of."""
    reversal = taking_back.take_back_by_staff(usage, quantity=quantity, reason=why.reason, by=why.by)
    wallet = read_wallet(usage.user_id)
    write(usage.user_id, STAFF_CHANGE, about=f"spend_reversal:{reversal.pk}", reversal=reversal, wallet=wallet)
    return reversal
