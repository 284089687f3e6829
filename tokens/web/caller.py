"""Who is asking, read off the request: the signed-in user, and where an order comes from."""

from ipaddress import ip_address
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from tokens.purchases.lifecycle import Buyer


def user_id_of(request: HttpRequest | Request) -> int:
    """The signed-in user's id; only for doors that let nobody else in."""
    return cast(int, request.user.pk)


def buyer_of(request: HttpRequest) -> Buyer:
    """The buyer's origin, for return URLs, with IP address and browser, as evidence in a dispute."""
    return Buyer(
        origin=f"{request.scheme}://{request.get_host()}",
        client_ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
    )


def client_ip(request: HttpRequest) -> str | None:
    """The client's address as our own outermost proxy saw it; what a client adds to the header is not believed.

    None when that is no address: a proxy may write `unknown`, and a web server behind a socket has none to give.
    """
    if settings.NUM_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.NUM_PROXIES:
            return _address_in(hops[-settings.NUM_PROXIES])
    return _address_in(request.META.get("REMOTE_ADDR", ""))


def _address_in(hop: str) -> str | None:
    """The address without what proxies write around it: a port, and the brackets of an IPv6 address."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ip_address(hop))
    except ValueError:
        return None
