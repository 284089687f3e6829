"""What every page knows: whether payments are fake, whom to ask for help, and the signed-in user's balance."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.contacts import contacts
from accounts.pages.theme import chosen_theme


def shop(request: HttpRequest) -> dict[str, Any]:
    """The contacts, `payments_are_fake`, `chosen_theme`, how long files and previews are kept, and, only if a template
    asks, `header_balance` (None for a stranger) and `wanted` (what was chosen before signing in).
    """
    from soulfra.wanted import wanted
    from tokens.ledger.wallet import get_token_balance

    def balance() -> int | None:
        user = getattr(request, "user", None)
        return get_token_balance(user.pk) if user is not None and user.is_authenticated else None

    return {
        **contacts(),
        "payments_are_fake": settings.STRIPE_SANDBOX,
        "chosen_theme": chosen_theme(request),
        "header_balance": SimpleLazyObject(balance),
        "wanted": SimpleLazyObject(lambda: wanted(request)),
        "export_hours": settings.EXPORT_HOURS,
        "quote_days": settings.QUOTE_DAYS,
    }
