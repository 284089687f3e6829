"""Where a buyer returns to from Stripe's page when a program asked for the purchase: to CHECKOUT_RETURN_ORIGINS only.

An address is compared with them letter by letter, not taken apart: what browsers make of backslashes, user names, dots
and other scripts is not what a parser makes of them, and the buyer is sent there by a browser.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from tokens.web.api.fields import ExactSerializer, TextField

LONGEST = 2000
SESSION_ID = "{CHECKOUT_SESSION_ID}"  # Stripe puts the session's ID there
HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[[0-9a-f:]+\]"
ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>{HOST})(?::(?P<port>[1-9][0-9]{{0,4}}))?")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
USUAL_PORTS = {"http": "80", "https": "443"}  # which browsers leave out
WRITTEN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")  # RFC 3986


def is_origin(text: str) -> bool:
    """Whether it is scheme, host and perhaps a port as browsers write them: with https, or in DEBUG a loopback host."""
    found = ORIGIN.fullmatch(text)
    if found is None or found["port"] == USUAL_PORTS[found["scheme"]] or int(found["port"] or 1) > 65535:
        return False
    return found["scheme"] == "https" or (settings.DEBUG and found["host"] in LOOPBACK)


class ReturnAddressField(TextField):
    """An address of one of CHECKOUT_RETURN_ORIGINS, written as browsers write it."""

    default_error_messages = {
        "elsewhere": "Must begin with one of: {origins}",
        "nowhere": "This shop returns buyers to its own pages only, so leave it out.",
        "unreadable": "Must be an address without spaces, backslashes or letters outside ASCII: encode them with %.",
    }

    def __init__(self, *, with_session_id: bool = False, **kwargs: Any) -> None:
        self.with_session_id = with_session_id
        super().__init__(required=False, max_length=LONGEST, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        address, origins = super().to_internal_value(data), settings.CHECKOUT_RETURN_ORIGINS
        if not origins:
            self.fail("nowhere")
        rest = next((address.removeprefix(origin) for origin in origins if _is_of(address, origin)), None)
        if rest is None:
            self.fail("elsewhere", origins=", ".join(f"{origin}/" for origin in origins))
        if not WRITTEN.fullmatch(rest.replace(SESSION_ID, "") if self.with_session_id else rest):
            self.fail("unreadable")
        return address


def _is_of(address: str, origin: str) -> bool:
    """Nothing but a path or a query follows, so that no port, user name or longer host name does."""
    return address == origin or address.startswith((f"{origin}/", f"{origin}?"))


class ReturnsSerializer(ExactSerializer):
    """Where the buyer returns to from Stripe's page; the shop's own pages, unless told otherwise."""

    success_url = ReturnAddressField(
        with_session_id=True,
        help_text="Where the buyer returns to after paying: an address of an origin that the shop allows. "
        "“{CHECKOUT_SESSION_ID}” in it becomes the session's ID. Defaults to the shop's page.",
    )
    cancel_url = ReturnAddressField(help_text="Where a buyer who goes back unpaid returns to, likewise.")
