"""Where the local Stripe sandbox answers: a process beside the shop, which records its address beside its store."""

from pathlib import Path

from django.conf import settings


def address() -> str:
    """As set, or as recorded when it started; "" where none has been started, and where Stripe is real."""
    if settings.STRIPE_API_BASE or not settings.STRIPE_SANDBOX:
        return str(settings.STRIPE_API_BASE)
    try:
        return Path(f"{settings.SANDBOX_STORE}.address").read_text().strip()
    except OSError:
        return ""


def operator_page() -> str:
    """The address of the sandbox's operator page; "" where no sandbox runs."""
    found = address() if settings.STRIPE_SANDBOX else ""
    return f"{found}/stripe-sandbox/" if found else ""
