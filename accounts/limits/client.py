"""Who a client is. Sign-in limits, the API's throttle and evidence all ask here, so that they never disagree."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

FORWARDED = "HTTP_X_FORWARDED_FOR"
# What one household or server is given whole: whoever has one IPv6 address has all of these.
IPV6_PREFIX = 64


def client_ip(request: HttpRequest | Request) -> str | None:
    """The client's address as our own outermost proxy saw it; what a client adds to the header is not believed.

    With fewer hops than we have proxies, the connection's own address. None when what is to be believed is no address:
    a proxy may write `unknown`, and a web server behind a socket has none to give.
    """
    if settings.NUM_PROXIES and (forwarded := request.META.get(FORWARDED)):
        # An empty hop counts too: without it, the next one to the left would move up, and that one a client can choose.
        hops = forwarded.split(",")
        if len(hops) >= settings.NUM_PROXIES:
            return _address_in(hops[-settings.NUM_PROXIES])
    return _address_in(request.META.get("REMOTE_ADDR", ""))


def client_network(request: HttpRequest | Request) -> str:
    """What limits count as one client: an IPv4 address, or the network an IPv6 address is from.

    All those without an address are one client.
    """
    ip = client_ip(request)
    if ip is None or not isinstance(address := ip_address(ip), IPv6Address):
        return ip or "unknown"
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))


def _address_in(hop: str) -> str | None:
    """The address without what is written around it: a port, brackets, a zone, IPv6's prefix of an IPv4 address."""
    hop = hop.strip()
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        address = ip_address(hop.partition("%")[0])
    except ValueError:
        return None
    # A socket that listens for both kinds gives every IPv4 client an address of one and the same IPv6 network.
    return str((isinstance(address, IPv6Address) and address.ipv4_mapped) or address)
