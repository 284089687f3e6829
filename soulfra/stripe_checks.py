"""System checks of Stripe: a shop that could lose or fake money does not start."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from soulfra.pasted import problem_with

PREFIXES = {
    "STRIPE_SECRET_KEY": ("sk_", "rk_"),
    "STRIPE_PUBLISHABLE_KEY": ("pk_",),
    "STRIPE_WEBHOOK_SECRET": ("whsec_",),
}
COPY = "Copy each key in full from its own place in the Stripe dashboard."
MOST_SECRETS = 2  # the new one and the old one, while the old one is rotated out


# What `./dev run` writes into .env begins like this.
SANDBOX_SECRET = "whsec_sandbox_"  # noqa: S105  a prefix, not a secret


@register(Tags.security)
def stripe_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Real Stripe needs all its keys; the sandbox must never stand beside a live one; DEBUG never beside real money."""
    return [*_as_written(), *(_with_the_sandbox() if settings.STRIPE_SANDBOX else _with_stripe())]


def _as_written() -> Iterator[CheckMessage]:
    """With a key that is none, every webhook would be refused, or every call to Stripe fail, and nobody hear why."""
    secrets = settings.STRIPE_WEBHOOK_SECRET.split(",")
    if len(secrets) > MOST_SECRETS or (len(secrets) > 1 and not all(secrets)):
        yield Error(
            "STRIPE_WEBHOOK_SECRET must hold one secret, or two with a comma between them while it is rotated.",
            hint="Remove the others, and every comma that stands at an end.",
            id="soulfra.E021",
        )
    for name in PREFIXES:
        for key in keys_in(name):
            if problem := problem_with(key, is_real=not settings.STRIPE_SANDBOX):
                yield Error(f"{name} {problem}.", hint=COPY, id="soulfra.E022")
    address = urlsplit(settings.STRIPE_API_BASE)
    if settings.STRIPE_API_BASE and not (address.scheme in ("http", "https") and address.hostname):
        yield Error(
            "STRIPE_API_BASE isn't a web address, so Stripe could not be reached.",
            hint="Remove it, or set an address such as http://127.0.0.1:12111.",
            id="soulfra.E023",
        )


def _with_the_sandbox() -> Iterator[CheckMessage]:
    if _is_live(settings.STRIPE_SECRET_KEY) or _is_live(settings.STRIPE_PUBLISHABLE_KEY):
        yield Error(
            "A live Stripe key is set, but STRIPE_ENABLED is not true: the sandbox would fake payments beside it.",
            hint="Set STRIPE_ENABLED=true to take real payments, or remove the live key.",
            id="soulfra.E001",
        )
    if not settings.STRIPE_WEBHOOK_SECRET:
        yield Error(
            "STRIPE_WEBHOOK_SECRET is not set, so no webhook could be verified.",
            hint="Set it to whsec_ and long random text.",
            id="soulfra.E002",
        )


def _with_stripe() -> Iterator[CheckMessage]:
    for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"):
        if not getattr(settings, name):
            yield Error(
                f"STRIPE_ENABLED is true, but {name} is not set.",
                hint="Copy it from the Stripe dashboard, or unset STRIPE_ENABLED to use the local sandbox.",
                id="soulfra.E003",
            )
    for name, prefixes in PREFIXES.items():
        if not all(key.startswith(prefixes) for key in keys_in(name)):
            yield Error(
                f"{name} does not begin with {' or '.join(prefixes)}, so it is another kind of key.",
                hint=COPY,
                id="soulfra.E006",
            )
    if any(secret.startswith(SANDBOX_SECRET) for secret in keys_in("STRIPE_WEBHOOK_SECRET")):
        yield Error(
            "STRIPE_WEBHOOK_SECRET is still the one of the local sandbox, so no event of Stripe's could be verified.",
            hint="Copy the endpoint's secret from the Stripe dashboard, or the one that `stripe listen` prints.",
            id="soulfra.E007",
        )
    if _is_live(settings.STRIPE_SECRET_KEY) != _is_live(settings.STRIPE_PUBLISHABLE_KEY):
        yield Error(
            "One Stripe key is live and the other is a test key.",
            hint="Take both from the same mode of the Stripe dashboard.",
            id="soulfra.E004",
        )
    if _is_live(settings.STRIPE_SECRET_KEY) and settings.DEBUG:
        yield Error(
            "DEBUG is on beside a live Stripe key.",
            hint="Set DEBUG=false where real money moves.",
            id="soulfra.E005",
        )


def keys_in(name: str) -> list[str]:
    """What a setting holds: one key, none, or the secrets of a rotation."""
    value: str = getattr(settings, name)
    return [key for key in (value.split(",") if name == "STRIPE_WEBHOOK_SECRET" else [value]) if key]


def _is_live(key: str) -> bool:
    return key.startswith(("sk_live_", "rk_live_", "pk_live_"))
