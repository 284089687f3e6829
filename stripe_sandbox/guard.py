"""Who may talk to the sandbox: this machine only, and never beside a live key."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

from stripe_sandbox.errors import StripeError

_NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, "
    "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
)


def refusal(request: HttpRequest) -> str | None:
    """Why this request must not be served, or None."""
    if has_live_key():
        return "A live Stripe key is configured: the local sandbox does not run beside it."
    if not _is_loopback(request.META.get("REMOTE_ADDR", "")):
        return "The local Stripe sandbox answers this machine only."
    return None


def authenticate(request: HttpRequest) -> None:
    """Raise 401 for anything but `Bearer sk_test_...`, and for every key while a live one is configured."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        raise StripeError(_NO_KEY, status=401)
    if has_live_key() or not key.startswith("sk_test_") or key == "sk_test_":
        shown = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else "*" * len(key)
        raise StripeError(f"Invalid API Key provided: {shown}", status=401)


def has_live_key() -> bool:
    return str(getattr(settings, "STRIPE_SECRET_KEY", "")).startswith(("sk_live_", "rk_live_"))


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        return ip.ipv4_mapped.is_loopback
    return ip.is_loopback
