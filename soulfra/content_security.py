"""What a browser may load and run for a page, and where its forms may lead: nothing from elsewhere, no script that
stands in the page, and no form that ends anywhere but here or at Stripe.
"""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings

from tokens.stripe_api import sandbox

STRIPE = ["https://checkout.stripe.com", "https://billing.stripe.com"]

EVERYWHERE: dict[str, list[str]] = {
    "default-src": [SELF],
    "img-src": [SELF, "data:"],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "object-src": [NONE],
}
# The back office's theme evaluates expressions in the browser and styles inline; only its own path is relaxed.
BACK_OFFICE = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}

# No page uses any of these, so nothing that got into one can. Payments happen on Stripe's own pages.
PERMISSIONS: dict[str, list[str]] = {
    feature: []
    for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
}


def form_targets() -> list[str]:
    """Browsers hold a form to this through every redirect, so it names where a purchase and the billing portal go."""
    if settings.STRIPE_SANDBOX:
        return [SELF, *map(_origin, filter(None, [sandbox.address(), settings.SANDBOX_PUBLIC_URL]))]
    return [SELF, *STRIPE, *(f"https://{host}" for host in settings.STRIPE_CUSTOM_DOMAINS)]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
