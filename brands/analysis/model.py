"""The engine that asks a language model, at any address that speaks OpenAI's API. Imported only in order to ask.

The server is one that the shop's own settings name: it is waited for, a second try included, for one time limit, and an
answer that does not fit the shape is no answer.
"""

from __future__ import annotations

import logging
import time

import httpx2
import openai
from django.conf import settings

from brands.analysis.errors import AnalysisFailed
from brands.analysis.prompt import INSTRUCTIONS, question_about
from brands.analysis.subject import Subject
from brands.analysis.suggestion import Suggestion, suggestion_among
from tokens.timing import timed

log = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"
TRIES = 2


def analyse(subject: Subject) -> Suggestion:
    """Ask the configured model about a domain; returns its checked suggestion. Raises AnalysisFailed."""
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
        with _client(stop_at) as client, timed("language model", "analyse") as asked:
            completion = client.chat.completions.parse(
                model=settings.ANALYSIS_MODEL,
                messages=[
                    {"role": "system", "content": INSTRUCTIONS},
                    {"role": "user", "content": question_about(subject)},
                ],
                response_format=suggestion_among(subject.categories),
            )
            suggestion = completion.choices[0].message.parsed
            asked.outcome = "answered"
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


def _client(stop_at: float) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=settings.ANALYSIS_BASE_URL or OPENAI,
        api_key=settings.ANALYSIS_API_KEY or "none",  # the SDK insists on one; local servers ignore it
        timeout=max(0.1, stop_at - time.monotonic()),
        max_retries=0,
        http_client=openai.DefaultHttpxClient(follow_redirects=False),  # what is told of a brand is sent nowhere else
    )
