"""Who a client is: as our own outermost proxy saw it, for limits and evidence alike."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from rest_framework.request import Request

from accounts.limits.client import client_ip, client_network
from accounts.sign_in.adapter import AccountAdapter
from accounts.throttling import CallerThrottle

PROXY = "10.0.0.1"


def request_through(hops=None, remote=PROXY):
    given = {"HTTP_X_FORWARDED_FOR": hops} if hops is not None else {}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **given)


@pytest.mark.parametrize(
    ("proxies", "hops", "ip"),
    [
        (0, "1.1.1.1", PROXY),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6,1.1.1.1 ", "1.1.1.1"),
        (2, "1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        # too few hops, or none: never what a client may have written
        (1, None, PROXY),
        (1, "", PROXY),
        (2, "6.6.6.6", PROXY),
        (3, "6.6.6.6, 1.1.1.1", PROXY),
        # nor when the hop to be believed is empty or no address
        (1, "6.6.6.6,", None),
        (1, "6.6.6.6, unknown", None),
        (2, "6.6.6.6, , 2.2.2.2", None),
        (1, "6.6.6.6, 1.1.1.1, x", None),
        (1, "6.6.6.6\x00", None),
        (1, "1" * 10_000, None),
        # IPv4 as a socket for both kinds shows it
        (1, "::ffff:1.1.1.1", "1.1.1.1"),
        (1, "[::ffff:1.1.1.1]:443", "1.1.1.1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_the_client_is_who_our_outermost_proxy_saw(settings, proxies, hops, ip):
    settings.NUM_PROXIES = proxies
    assert client_ip(request_through(hops)) == ip


@pytest.mark.parametrize(
    ("hops", "network"),
    [
        ("1.1.1.1", "1.1.1.1"),
        ("::ffff:1.1.1.1", "1.1.1.1"),
        ("::ffff:1.1.1.2", "1.1.1.2"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("unknown", "unknown"),
    ],
)
def test_limits_count_an_ipv4_address_or_the_network_of_an_ipv6_address(settings, hops, network):
    settings.NUM_PROXIES = 1
    assert client_network(request_through(hops)) == network


@pytest.mark.parametrize("hops", ["6.6.6.6, 2001:db8:1:2::9", "6.6.6.6, ::ffff:1.1.1.1", "6.6.6.6, junk", None])
def test_allauth_and_the_api_ask_the_same_function(settings, hops):
    settings.NUM_PROXIES = 1
    request = request_through(hops)

    assert AccountAdapter(request).get_client_ip(request) == (client_ip(request) or "0.0.0.0")
    called = Request(request)
    called.user, called.auth = AnonymousUser(), None
    assert CallerThrottle().caller(called) == ("address", client_network(request))
