"""System checks: a shop that is set up in a way that could lose or fake money does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security)
def stripe_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Real Stripe needs all its keys; the sandbox must never stand beside a live one; DEBUG never beside real money."""
    found: list[CheckMessage] = []
    is_live = settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
    if settings.STRIPE_SANDBOX:
        if is_live or settings.STRIPE_PUBLISHABLE_KEY.startswith("pk_live_"):
            found.append(
                Error(
                    "A live Stripe key is set, but STRIPE_ENABLED is not true, so the sandbox would fake payments beside it.",
                    hint="Set STRIPE_ENABLED=true to take real payments, or remove the live key.",
                    id="soulfra.E001",
                )
            )
        if not settings.STRIPE_WEBHOOK_SECRET:
            found.append(
                Error(
                    "STRIPE_WEBHOOK_SECRET is not set, so no webhook could be verified.",
                    hint="Start once with `./dev run`, which writes one into .env, or set any random text.",
                    id="soulfra.E002",
                )
            )
        return found
    for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"):
        if not getattr(settings, name):
            found.append(
                Error(
                    f"STRIPE_ENABLED is true, but {name} is not set.",
                    hint="Copy it from the Stripe dashboard, or unset STRIPE_ENABLED to use the local sandbox.",
                    id="soulfra.E003",
                )
            )
    if is_live != settings.STRIPE_PUBLISHABLE_KEY.startswith("pk_live_"):
        found.append(
            Error(
                "One Stripe key is live and the other is a test key.",
                hint="Take both from the same mode of the Stripe dashboard.",
                id="soulfra.E004",
            )
        )
    if is_live and settings.DEBUG:
        found.append(
            Error(
                "DEBUG is on beside a live Stripe key.",
                hint="Set DEBUG=false where real money moves.",
                id="soulfra.E005",
            )
        )
    return found


@register(Tags.security, deploy=True)
def sandbox_in_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A deployed shop that still runs the sandbox sells tokens for play money."""
    if not settings.STRIPE_SANDBOX:
        return []
    return [
        Warning(
            "The Stripe sandbox is on: payments are fake.",
            hint="Set STRIPE_ENABLED=true and the Stripe keys.",
            id="soulfra.W001",
        )
    ]
