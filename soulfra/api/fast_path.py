"""The fast path: the calls that a busy program makes most, a balance and a spend with an API key, with few frames.

It signs in, counts, reads and spends with the very functions of REST framework's classes. Whatever is not quite plain
(an odd header or body, a key to refuse, a spend that raises) is not answered here, and nothing is done or counted:
REST framework does it then, from the beginning. A success is the same to the byte on both paths; tests compare them.

It passes neither the middlewares of the API nor what the settings name for REST framework, and does their part itself:
a permission or a throttle that is new there must come here too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from json import JSONEncoder
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import ResolverMatch, resolve
from rest_framework.exceptions import APIException

from accounts import api_keys, scopes
from accounts.api_keys import Signature
from accounts.authentication import ApiCaller, key_in, note_use_after_answer
from accounts.errors import KeyRefused
from accounts.throttling import counted_as, give_call_back, signed_caller, take_call
from tokens.api.usage import MOST_AT_ONCE, UsageViewSet, spent_body
from tokens.api.wallet import WalletViewSet, balance_body
from tokens.errors import TokenError
from tokens.ledger.rates import api_rate
from tokens.ledger.wallet import read_wallet
from tokens.spending.spends import spend_once
from tokens.web.api.deprecation import headers_of
from tokens.web.api.idempotency import REPLAYED, key_of
from tokens.web.api.parsers import PlainJSONParser

# What clients send of themselves; anything else is to be negotiated about.
ACCEPT = {"*/*", "application/json", "application/json, text/plain, */*"}
NO_BODY = {None, "", "0"}
CONTENT_TYPE = {"application/json", "application/json; charset=utf-8"}
# Even with all its numbers written out, so little is no more than what metadata may have.
LONGEST_BODY = 2048

# The body, and the headers that only some answers have.
Answer = tuple[dict[str, Any], dict[str, str]]
_as_text = JSONEncoder(separators=(",", ":")).encode


class NotPlain(Exception):
    """REST framework is to answer this."""


NOT_PLAIN = (NotPlain, DisallowedHost, KeyError, ValueError, KeyRefused, UnreadablePostError, APIException)


def answer(request: HttpRequest) -> HttpResponse | None:
    """The answer to a call of the fast path; None, with nothing done or counted, if this is none."""
    meta, call = request.META, CALLS.get((request.method or "", request.path_info))
    if call is None or meta.get("QUERY_STRING") or meta.get("HTTP_ACCEPT", "*/*") not in ACCEPT:
        return None
    read, scope, always = call
    try:
        request.get_host()
        work = read(request)
        signature = api_keys.authenticate(key_in(meta["HTTP_AUTHORIZATION"]))
    except NOT_PLAIN:
        return None
    if scopes.lacks(signature, scope):
        return None
    caller = signed_caller(signature.user_id)
    if take_call(caller):
        return None
    try:
        body, more = work(signature)
    except TokenError:
        give_call_back(caller)
        return None
    if signature.is_note_due:
        note_use_after_answer(request, signature.key_id)
    _say_whose(request, signature)
    counted_as(request, caller)
    content = _as_text(body).encode()
    headers = {"Content-Type": "application/json", **more, **always, "Content-Length": str(len(content))}
    return HttpResponse(content, headers=headers)


def _say_whose(request: Any, signature: Signature) -> None:
    """As REST framework and Django's resolver do, for the line of the log."""
    request.user, request.auth = ApiCaller(signature), signature
    request.resolver_match = _match_of(request.path_info)


@cache
def _match_of(path: str) -> ResolverMatch:
    return resolve(path)


def _balance(request: HttpRequest) -> Callable[[Signature], Answer]:
    if request.META.get("CONTENT_LENGTH") not in NO_BODY:
        raise NotPlain
    return lambda signature: (balance_body(read_wallet(signature.user_id)), {})


def _spend(request: HttpRequest) -> Callable[[Signature], Answer]:
    asked, key = _body(request), key_of(request)
    action, quantity, metadata = asked.pop("action", None), asked.pop("quantity", 1), asked.pop("metadata", {})
    if asked or not isinstance(action, str) or not isinstance(metadata, dict):
        raise NotPlain
    if type(quantity) is not int or not 1 <= quantity <= MOST_AT_ONCE:
        raise NotPlain

    def work(signature: Signature) -> Answer:
        who = signature.user_id
        spent = spend_once(
            who, action, quantity=quantity, metadata=metadata, key=key, rate=api_rate(), api_key=signature.calling
        )
        return spent_body(spent.usage), REPLAYED if spent.is_replay else {}

    return work


def _body(request: HttpRequest) -> dict[str, Any]:
    meta = request.META
    if meta.get("CONTENT_TYPE") not in CONTENT_TYPE or not 0 < int(meta.get("CONTENT_LENGTH") or 0) <= LONGEST_BODY:
        raise NotPlain
    body: dict[str, Any] = PlainJSONParser().parse(BytesIO(request.body))
    return body


def _always(allow: str, call: Any) -> dict[str, str]:
    """The headers of every answer of a view's method."""
    return {"Allow": allow, **headers_of(call)}


# What reads the call, the scope that it needs, and the headers of its answers.
CALLS = {
    ("GET", "/api/tokens/balance"): (
        _balance,
        scopes.needed(WalletViewSet, "GET"),
        _always("GET, HEAD, OPTIONS", WalletViewSet.balance),
    ),
    ("POST", "/api/tokens/spend"): (
        _spend,
        scopes.needed(UsageViewSet, "POST"),
        _always("POST, OPTIONS", UsageViewSet.spend),
    ),
}
