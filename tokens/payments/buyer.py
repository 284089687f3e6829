"""Where an order came from, read off the request: for the way back, and as evidence in a dispute."""

from django.conf import settings
from django.http import HttpRequest

from tokens.purchases import Buyer


def buyer_of(request: HttpRequest) -> Buyer:
    return Buyer(
        origin=f"{request.scheme}://{request.get_host()}",
        client_ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
    )


def client_ip(request: HttpRequest) -> str | None:
    """The client's address as our own outermost proxy saw it; what a client adds to the header is not believed."""
    if settings.NUM_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.NUM_PROXIES:
            return hops[-settings.NUM_PROXIES]
    return request.META.get("REMOTE_ADDR")
