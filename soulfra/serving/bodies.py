"""The body of a request before anything looks at it: whole, of a known length, as it is, in UTF-8, and not too large.

A program that died while it was sending must not be charged for the half that arrived, and a body that is left unread
must not be taken for an empty one. So each is read here, once, for every door; what cannot be is refused in a sentence.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, cast

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

from brands.bulk_import.text import MOST_BYTES
from soulfra.serving import fallbacks, unread
from tokens.web.refusals import Problem, refusal_of

# The longest that any door takes: a CSV file of the largest size, and the form around it.
LARGEST = MOST_BYTES + 64 * 1024
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Request(WSGIRequest):
    """A request whose address is read as UTF-8, whatever its Content-Type says of the body."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}  # `WholeBodies` says that it cannot be read


class WholeBodies:
    """Reads the body, or refuses it: nothing is done for a request whose body did not come as it was announced."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        is_chunked = "HTTP_TRANSFER_ENCODING" in meta
        problem = length_problem(meta.get("CONTENT_LENGTH"), is_chunked=is_chunked) or _type_problem(request)
        if problem:
            answer = _answer(request, problem)
            if not {"HTTP_EXPECT", unread.BY_SERVER} & meta.keys():  # who expects waits to be asked for the body
                cast(Any, answer)._resource_closers.append(partial(unread.read_if_there_is_room, meta["wsgi.input"]))
            return answer
        problem = _read(request)
        return _answer(request, problem) if problem else self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *args: Any) -> HttpResponse | None:
        """A form that cannot be read is refused here: the look for forgery reads it next, and tells nobody what for."""
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            try:
                _ = request.POST
            except Exception as error:
                if refused := refusal_of(request, error):
                    return refused
                raise
        return None


def length_problem(length: str | None, *, is_chunked: bool) -> Problem | None:
    """Why it is not known where the body ends, or that this is too far: only after its end can a request follow."""
    if is_chunked:
        # A server that takes chunks off the wire hides whether the last one came, so none of them can be believed.
        detail = "Send the body whole, with a Content-Length, not in chunks (Transfer-Encoding)."
        return Problem(411, "Length required", detail)
    length = length or "0"
    if not (length.isascii() and length.isdecimal()):
        return Problem(400, "Bad Request", "Content-Length must be one whole number: the bytes of the body.")
    if len(length) > 18 or int(length) > LARGEST:
        detail = f"A request may have at most 5 MB ({LARGEST:,} bytes): send less, or split the file."
        return Problem(413, "Request too large", detail)
    return None


def _type_problem(request: HttpRequest) -> Problem | None:
    """Without a body its headers don't matter; only what can't be parsed is refused."""
    meta, has_body = request.META, _length(request) > 0
    if meta.get("CONTENT_TYPE") and not request.content_type:
        detail = "The Content-Type header can't be read: send, for example, application/json."
        return Problem(400, "Bad Request", detail)
    charset = (request.content_params or {}).get("charset", "utf-8")
    if not _is_charset(charset) or (has_body and codecs.lookup(charset).name not in ("utf-8", "ascii")):
        detail = "The Content-Type names a charset other than UTF-8: encode the body as UTF-8, and say so or nothing."
        return Problem(415, "Unsupported charset", detail)
    if has_body and meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        detail = "Send the body as it is, without a Content-Encoding: it is not decompressed here."
        return Problem(415, "Unsupported encoding", detail, headers={"Accept-Encoding": "identity"})
    return None


def _is_charset(name: str) -> bool:
    try:
        "".encode(codecs.lookup(name).name)  # some codecs are not about text
    except (LookupError, ValueError):
        return False
    return True


def _length(request: HttpRequest) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)


def _read(request: HttpRequest) -> Problem | None:
    """Takes the whole body off the connection, or says that less of it came than was announced."""
    length = _length(request)
    if not length:
        return None
    body = _bytes_of(request, length)
    if len(body) == length:
        request._stream = BytesIO(body)
        return None
    came = f"Only {len(body):,} of the {length:,} bytes that Content-Length announced arrived"
    return Problem(400, "Request cut off", f"{came}, and nothing was done: send the request again.")


def _bytes_of(request: HttpRequest, length: int) -> bytes:
    try:
        body = request._stream.read(length)
        while len(body) < length and (more := request._stream.read(length - len(body))):
            body += more
    except OSError:  # the connection broke
        return b""
    return body


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Its length is said, so that the client knows it has all of it while the connection is still open."""
    answer = fallbacks.refusal(request, problem)
    answer["Content-Length"] = len(answer.content)
    return answer
