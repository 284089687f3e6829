"""Who is asking, read off the request: the signed-in user, and where an order comes from."""

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.api_keys import CallingKey, Signature
from accounts.limits.client import client_ip
from tokens.purchases.lifecycle import Buyer


def user_id_of(request: HttpRequest | Request) -> int:
    """The signed-in user's id; only for doors that let nobody else in."""
    return cast(int, request.user.pk)


def api_key_of(request: Request) -> CallingKey | None:
    """The API key that the caller signed in with; None for a session."""
    return request.auth.calling if isinstance(request.auth, Signature) else None


def buyer_of(request: HttpRequest, *, success_url: str = "", cancel_url: str = "") -> Buyer:
    """The buyer's origin, for return URLs, with IP address and browser, as evidence in a dispute.

    The URLs are what a program wants instead, checked before.
    """
    return Buyer(
        origin=f"{request.scheme}://{request.get_host()}",
        success_url=success_url,
        cancel_url=cancel_url,
        client_ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
    )
