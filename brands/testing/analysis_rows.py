"""How tests look at an analysis and what it cost."""

from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage


def paid(user):
    """(balance, [(status, tokens) of each usage])."""
    usages = TokenUsage.objects.order_by("pk").values_list("status", "tokens_spent")
    return get_token_balance(user.pk), list(usages)


def settled(analysis):
    analysis.refresh_from_db()
    return analysis.status, analysis.error, analysis.lease_until
