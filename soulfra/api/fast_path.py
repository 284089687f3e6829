"""The fast path: the calls that a busy program makes most, a balance and a spend with an API key, in one statement.

The statement that does the work looks the key up first, and does nothing unless the key is good. Whatever is not quite
plain (an odd header or body, a key to refuse, an idempotency key used before, too few tokens) is not answered here:
REST framework does it then, from the beginning. A success is the same to the byte on both paths; tests compare them.

It passes neither the middlewares of the API nor what the settings name for REST framework, and does their part itself:
a permission or a throttle that is new there must come here too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from json import JSONEncoder
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from rest_framework.exceptions import ParseError
from rest_framework.utils import json

from accounts import api_keys
from accounts.authentication import key_in, note_use_after_answer
from accounts.errors import HeaderMalformed
from accounts.throttling import caller_with, give_call_back, take_call
from tokens.api.usage import spent_body
from tokens.api.wallet import balance_body
from tokens.ledger.wallet import WALLET_COLUMNS, wallet_of
from tokens.spending import postgresql
from tokens.spending.rates import api_rate
from tokens.spending.spends import spend_fingerprint
from tokens.web.api.idempotency import key_of
from tokens.web.api.parsers import MOST_DEEP, object_of

# What clients send of themselves; anything else is to be negotiated about.
ACCEPT = {"*/*", "application/json", "application/json, text/plain, */*"}
NO_BODY = {None, "", "0"}
CONTENT_TYPE = {"application/json", "application/json; charset=utf-8"}
# Even with all its numbers written out, so little is no more than what metadata may have; and with one pair of brackets
# for the body itself, metadata cannot be too deep.
LONGEST_BODY = 2048
MOST_BRACKETS = MOST_DEEP + 1

SIGNER = f"{api_keys.SIGNED} SELECT signer.key_id, signer.is_note_due"
_as_text = JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Call:
    """`params` reads the request, and `body` is given what `question` asks for; None says that this is not plain."""

    method: str
    path: str
    allow: str
    question: str
    params: Callable[[HttpRequest], tuple[Any, ...] | None]
    body: Callable[..., dict[str, Any] | None]


def answer(request: HttpRequest) -> HttpResponse | None:
    """The answer to a call of the fast path; None, with nothing done or counted, if this is none."""
    meta, call = request.META, CALLS.get(request.path_info)
    if call is None or call.method != request.method or not postgresql.is_possible():
        return None
    if meta.get("QUERY_STRING") or meta.get("HTTP_ACCEPT", "*/*") not in ACCEPT:
        return None
    try:
        request.get_host()
        digest = api_keys.digest_of(key_in(meta["HTTP_AUTHORIZATION"]))
    except (DisallowedHost, HeaderMalformed, KeyError):
        return None
    if (caller := caller_with(digest)) is None:
        return None
    if (params := call.params(request)) is None or take_call(caller):
        return None
    row = postgresql.ask(call.question, (*api_keys.find_params(digest, at=timezone.now()), *params))
    key_id, is_note_due, *found = row or (0, False)
    body = call.body(*found) if row else None
    if body is None:
        give_call_back(caller)
        return None
    if is_note_due:
        note_use_after_answer(request, key_id)
    content = _as_text(body).encode()
    headers = {"Content-Type": "application/json", "Allow": call.allow, "Content-Length": str(len(content))}
    return HttpResponse(content, headers=headers)


def _balance(user_id: int, *columns: Any) -> dict[str, Any]:
    return balance_body(wallet_of(user_id, columns))


def _no_params(request: HttpRequest) -> tuple[Any, ...] | None:
    return () if request.META.get("CONTENT_LENGTH") in NO_BODY else None


def _spend_params(request: HttpRequest) -> tuple[Any, ...] | None:
    try:
        key, asked = key_of(request), _body(request)
    except (ParseError, ValueError, UnreadablePostError):
        return None
    metadata = asked.pop("metadata", {})
    action = asked.pop("action", None)
    if asked or not isinstance(action, str) or not isinstance(metadata, dict):
        return None
    fingerprint, now = spend_fingerprint(action, metadata, key=key), timezone.now()
    return postgresql.spend_params(action, metadata, None, key, fingerprint, api_rate(), at=now)


def _body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent. Raises ValueError if there is none, or it is long or deep."""
    meta = request.META
    if meta.get("CONTENT_TYPE") not in CONTENT_TYPE or not 0 < int(meta.get("CONTENT_LENGTH") or 0) <= LONGEST_BODY:
        raise ValueError
    text = request.body.decode()
    if text.count("{") + text.count("[") > MOST_BRACKETS:
        raise ValueError
    body = json.loads(text, object_pairs_hook=object_of)
    if not isinstance(body, dict):
        raise ValueError
    return body


def _spent(spent: int | None, balance: int | None) -> dict[str, Any] | None:
    return None if spent is None or balance is None else spent_body(balance=balance, spent=spent)


CALLS = {
    call.path: call
    for call in (
        Call(
            "GET",
            "/api/tokens/balance",
            "GET, HEAD, OPTIONS",
            f"{SIGNER}, signer.user_id, {', '.join(f'w.{column}' for column in WALLET_COLUMNS)}"
            " FROM signer LEFT JOIN wallets w ON w.user_id = signer.user_id",
            _no_params,
            _balance,
        ),
        Call(
            "POST",
            "/api/tokens/spend",
            "POST, OPTIONS",
            f"{SIGNER}, s.spent, s.balance FROM signer, LATERAL {postgresql.SPEND.format('signer.user_id')} s",
            _spend_params,
            _spent,
        ),
    )
}
