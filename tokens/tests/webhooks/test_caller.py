"""Where an order comes from, as our own proxy saw it and as the database can keep it."""

import pytest

from tokens.models import Purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def address_kept(sandbox, api, alice):
    """The address on a purchase ordered through these hops."""

    def order(hops=None, **environ):
        headers = {"X-Forwarded-For": hops} if hops is not None else {}
        response = api(alice).post("/api/tokens/purchase", {"package": "pro"}, headers=headers, **environ)
        assert response.status_code == 200
        return Purchase.objects.get().client_ip

    return order


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("_hidden:80", None),
        ("for=1.2.3.4", None),
        ('for="[2001:db8::1]:443"', None),
        ("1.2.3.4.5", None),
        ("1.2.3.4\x00", None),
        ("é", None),
    ],
)
def test_what_a_proxy_wrote_is_kept_as_an_address_or_not_at_all(address_kept, settings, hop, address):
    settings.NUM_PROXIES = 1
    assert address_kept(hop) == address


@pytest.mark.parametrize(("proxies", "address"), [(1, "3.3.3.3"), (2, "2.2.2.2")])
def test_hops_count_from_our_end_so_what_a_client_adds_is_not_believed(address_kept, settings, proxies, address):
    settings.NUM_PROXIES = proxies
    assert address_kept("1.1.1.1, 2.2.2.2 , 3.3.3.3") == address


def test_without_proxies_the_header_is_ignored(address_kept, settings):
    settings.NUM_PROXIES = 0
    assert address_kept("1.1.1.1") == "127.0.0.1"


@pytest.mark.parametrize("remote", ["", "@"])
def test_a_web_server_behind_a_socket_has_no_address_to_give(address_kept, remote):
    assert address_kept(REMOTE_ADDR=remote) is None
