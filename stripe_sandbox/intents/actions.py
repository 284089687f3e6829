"""What a customer must do next: pass 3-D Secure on the page of their bank, and come back."""

from urllib.parse import urlencode, urlsplit

from stripe_sandbox.objects import Body, Document
from stripe_sandbox.store import Database


def hosted(address: str) -> Body:
    """On the way of one of Stripe's own pages, which knows where to go on."""
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": address}}


def of_intent(db: Database, intent: Document, *, return_url: str | None) -> Body:
    """Without an address to come back to, the page is left to Stripe's script in the browser, which alone knows it."""
    if return_url is None:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    address = f"{db.config.pages}/3d-secure/{intent.id}"
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": address}}


def way_back(intent: Document, return_url: str | None) -> str | None:
    """Where the customer goes from their bank's page, as Stripe sends them: with the intent, and how it went."""
    if not return_url:
        return None
    name, is_passed = intent.kind, intent.body["status"] in ("succeeded", "processing")
    told = {
        name: intent.id,
        f"{name}_client_secret": intent.body["client_secret"],
        "redirect_status": "succeeded" if is_passed else "failed",
    }
    address = urlsplit(return_url)
    return address._replace(query="&".join(part for part in (address.query, urlencode(told)) if part)).geturl()
