"""What every page knows: whether payments are fake, and the signed-in user's balance."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def shop(request: HttpRequest) -> dict[str, Any]:
    """`payments_are_fake` and, only if a template asks, `header_balance` (tokens; None for a stranger)."""
    from tokens.ledger.wallet import get_token_balance

    def balance() -> int | None:
        user = getattr(request, "user", None)
        return get_token_balance(user.pk) if user is not None and user.is_authenticated else None

    return {"payments_are_fake": settings.STRIPE_SANDBOX, "header_balance": SimpleLazyObject(balance)}
