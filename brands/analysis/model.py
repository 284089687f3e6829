"""The engine that asks a language model, at any address that speaks OpenAI's API. Imported only in order to ask.

One time limit holds for the whole, a second try included; an answer that does not fit the shape is no answer.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
import openai
from django.conf import settings

from brands.analysis.engines import AnalysisFailed
from brands.analysis.prompt import INSTRUCTIONS, question_about
from brands.analysis.subject import Subject
from brands.analysis.suggestion import Suggestion, suggestion_among

log = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"
LARGEST_ANSWER = 256 * 1024
TRIES = 2


def analyse(subject: Subject) -> Suggestion:
    """Raises AnalysisFailed."""
    stop_at = time.monotonic() + settings.ANALYSIS_TIMEOUT_SECONDS
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            return _ask(subject, stop_at)
        except AnalysisFailed as failure:
            cause = f"{type(failure.__cause__).__name__}: {failure.__cause__}"[:500]
            log.warning("No analysis of %s by %s: %s %s", subject.domain, settings.ANALYSIS_MODEL, failure, cause)
            if not tries_left or not failure.may_pass or time.monotonic() >= stop_at:
                raise
    raise AssertionError("unreachable")


def _ask(subject: Subject, stop_at: float) -> Suggestion:
    try:
        with _cut_off(stop_at) as connections, _client(stop_at, connections) as client:
            completion = client.chat.completions.parse(
                model=settings.ANALYSIS_MODEL,
                messages=[
                    {"role": "system", "content": INSTRUCTIONS},
                    {"role": "user", "content": question_about(subject)},
                ],
                response_format=suggestion_among(subject.categories),
            )
            suggestion = completion.choices[0].message.parsed
    except Exception as error:
        raise _failure_of(error) from error
    if suggestion is None:
        raise AnalysisFailed("The AI model declined to answer.", may_pass=True)
    return suggestion


def _failure_of(error: Exception) -> AnalysisFailed:
    """What the owner is told. Details, which may name keys and addresses of ours, stay in the log."""
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return AnalysisFailed("The AI model took too long to answer.")
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        return AnalysisFailed(f"The AI model refused the request (HTTP {error.status_code}).")
    if isinstance(error, openai.APIConnectionError | openai.APIStatusError):
        return AnalysisFailed("The AI model could not be reached.", may_pass=True)
    # JSON of another shape, no JSON, cut off, values out of range: whatever a server may make of “OpenAI's API”.
    return AnalysisFailed("The AI model's answer could not be used.", may_pass=True)


class _Connections:
    """The sockets of a call. One that is shut down ends whatever waits for it, which closing it would not."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self.is_cut_off = False

    def note(self, event: str, said: dict[str, Any]) -> None:
        """What the connection tells of its steps: https://www.encode.io/httpcore/extensions/#trace"""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._sockets.append(said["return_value"].get_extra_info("socket"))
            if self.is_cut_off:
                self.cut_off()

    def cut_off(self) -> None:
        self.is_cut_off = True
        for each in self._sockets:
            with suppress(OSError):  # ended already, or wrapped for TLS by now
                socket.socket.shutdown(each, socket.SHUT_RDWR)


@contextmanager
def _cut_off(stop_at: float) -> Iterator[_Connections]:
    """Ends the call in time wherever it is: while headers arrive one by one, no limit of a single read does."""
    connections = _Connections()
    timer = threading.Timer(max(0.0, stop_at - time.monotonic()), connections.cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield connections
    except Exception as error:
        if connections.is_cut_off:
            raise httpx2.ReadTimeout("The answer was not complete in time.") from error
        raise
    finally:
        timer.cancel()


def _client(stop_at: float, connections: _Connections) -> openai.OpenAI:
    seconds = max(0.1, stop_at - time.monotonic())
    limited = openai.DefaultHttpxClient(
        event_hooks={
            "request": [lambda request: request.extensions.update(trace=connections.note)],
            "response": [lambda response: _limit(response, stop_at)],
        },
        follow_redirects=False,
    )
    return openai.OpenAI(
        base_url=settings.ANALYSIS_BASE_URL or OPENAI,
        api_key=settings.ANALYSIS_API_KEY or "none",  # the SDK insists on one; local servers ignore it
        timeout=seconds,
        max_retries=0,
        http_client=limited,
    )


def _limit(response: httpx2.Response, stop_at: float) -> None:
    """The SDK's time-out is for each read; a server that sends a little at a time could go on for ever."""
    response.stream = _Limited(response.stream, stop_at)


class _Limited(httpx2.SyncByteStream):
    def __init__(self, stream: Any, stop_at: float) -> None:
        self._stream, self._stop_at = stream, stop_at

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for chunk in self._stream:
            received += len(chunk)
            if time.monotonic() > self._stop_at:
                raise httpx2.ReadTimeout("The answer was not complete in time.")
            if received > LARGEST_ANSWER:
                raise ValueError(f"The answer has more than {LARGEST_ANSWER} bytes.")
            yield chunk

    def close(self) -> None:
        self._stream.close()
