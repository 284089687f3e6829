"""Who may talk to the sandbox: this machine only, on its own authority, and never beside a live key."""

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from werkzeug import Request

from stripe_sandbox.config import Config
from stripe_sandbox.errors import StripeError

_LIVE = ("sk_live_", "rk_live_")
_TEST = ("sk_test_", "rk_test_")
# A request with one of these was forwarded for an unknown client.
_FORWARDED = ("forwarded", "via", "x-real-ip", "x-original-host")
_NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, "
    "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
)


class LiveKey(Exception):
    """The sandbox would stand beside a key that moves real money; the message is one sentence."""


def refuse_beside_live_key(environment: Mapping[str, str] = os.environ) -> None:
    """Raises LiveKey when a variable of the environment is a live Stripe key."""
    for name, value in environment.items():
        if value.startswith(_LIVE):
            raise LiveKey(f"{name} is a live Stripe key: the local Stripe sandbox does not run beside it.")


def refusal(request: Request, config: Config, *, is_for_buyers: bool) -> str | None:
    """Why this request must not be served, or None. `is_for_buyers`: it asks for a page that customers are sent to."""
    if is_for_buyers and config.public_host and request.host.lower() == config.public_host:
        return None if _is_from_here(request) else "This form was sent by another site's page."
    if _is_by_a_proxy(request):
        return "The local Stripe sandbox does not answer what a proxy forwards; see SANDBOX_PUBLIC_URL."
    if not config.is_open and not _is_loopback(request.remote_addr or ""):
        return "The local Stripe sandbox answers this machine only."
    if not _is_known_host(request.host, config):
        return f"The local Stripe sandbox is not called {request.host!r}."
    return None if _is_from_here(request) else "This form was sent by another site's page."


def authenticate(request: Request) -> str:
    """The key; raise 401 for anything but a test key, as a bearer's token or as the user name of `curl -u`."""
    key = _key(request)
    if not key:
        raise StripeError(_NO_KEY, status=401)
    if not key.startswith(_TEST) or key in _TEST:
        shown = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else "*" * len(key)
        raise StripeError(f"Invalid API Key provided: {shown}", status=401)
    return key


def _key(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    given = request.authorization
    return str(given.username or "") if given and given.type == "basic" else ""


def _is_by_a_proxy(request: Request) -> bool:
    """Proxies say for whom they ask; an nginx that was not told to speaks HTTP/1.0, which nothing else still does."""
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return True
    return any(name in _FORWARDED or name.startswith("x-forwarded-") for name in map(str.lower, request.headers.keys()))


def _is_from_here(request: Request) -> bool:
    """False for a form that a page of another site sends: browsers say so, and programs have no reason to."""
    if request.method in ("GET", "HEAD"):
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.host.lower()


def _is_known_host(host: str, config: Config) -> bool:
    """A page of another name that leads here (DNS rebinding) would read what is this machine's alone."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost") or _is_loopback(name):
        return True
    # In a container: addresses, and the plain names that containers have for one another.
    return config.is_open and (_is_address(name) or "." not in name or name == "host.docker.internal")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        return ip.ipv4_mapped.is_loopback
    return ip.is_loopback
