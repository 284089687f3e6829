"""Errors reported to Sentry, without a word about anybody: what is in the source code goes there, what is in the data
doesn't.

A report has the types of exceptions, the places in the code they went through, templates of log messages, the route
and the request's ID. What an exception says, what a message was filled with, variables, addresses, headers, cookies
and bodies may hold what belongs to a customer, so none is sent: the log has them, under the same request ID.
"""

from __future__ import annotations

import logging
import tomllib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from soulfra.watching.requests import route_of
from tokens import request_id

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

ABOUT_THE_SHOP = "event_id timestamp level logger platform release environment server_name sdk".split()
OF_A_FRAME = "filename abs_path module function lineno in_app pre_context context_line post_context".split()
# Whose messages are templates in the code, filled in by the log: `./dev check` refuses others.
OURS = ("soulfra", "accounts", "tokens", "memberships", "brands", "django")


def begin(dsn: str) -> None:
    """Report from now on. Raises ImproperlyConfigured."""
    try:
        import sentry_sdk
        from sentry_sdk.integrations.atexit import AtexitIntegration
        from sentry_sdk.integrations.dedupe import DedupeIntegration
        from sentry_sdk.integrations.excepthook import ExcepthookIntegration
        from sentry_sdk.integrations.logging import LoggingIntegration
        from sentry_sdk.utils import BadDsn
    except ImportError as error:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but sentry-sdk isn't installed: install requirements-sentry.txt, or remove SENTRY_DSN."
        ) from error
    try:
        sentry_sdk.init(
            dsn,
            release=_release(),
            environment="development" if settings.DEBUG else "production",
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                LoggingIntegration(level=None, event_level=logging.ERROR),
                ExcepthookIntegration(),
                DedupeIntegration(),
                AtexitIntegration(callback=lambda pending, timeout: None),
            ],
            before_send=without_people,
            max_breadcrumbs=0,
            include_local_variables=False,
            auto_session_tracking=False,
            send_client_reports=False,
        )
    except BadDsn as error:
        raise ImproperlyConfigured("SENTRY_DSN isn't a DSN: copy it from the project's settings in Sentry.") from error


def without_people(event: Event, hint: Hint) -> Event | None:
    """The report, put together anew of what may be in it."""
    given: dict[str, Any] = dict(event)
    kept = {name: given[name] for name in ABOUT_THE_SHOP if name in given}
    if exceptions := given.get("exception", {}).get("values"):
        kept["exception"] = {"values": [_exception(each) for each in exceptions if each]}
    if record := hint.get("log_record"):
        kept["logentry"] = {"message": _message(record)}
    kept["tags"] = {"request_id": request_id.current.get()}
    if request := request_id.asked():
        kept["transaction"] = f"{request.method} {route_of(request)}"
    return kept  # type: ignore[return-value]  # a report needs no more


def _exception(given: dict[str, Any]) -> dict[str, Any]:
    frames = (given.get("stacktrace") or {}).get("frames") or []
    kept_frames = [{name: frame[name] for name in OF_A_FRAME if name in frame} for frame in frames]
    return {
        "type": given.get("type"),
        "module": given.get("module"),
        "value": "The log says what, under the same request ID.",
        "stacktrace": {"frames": kept_frames},
    }


def _message(record: logging.LogRecord) -> str:
    template = getattr(record, "_template", record.msg)
    if record.name.split(".")[0] in OURS and isinstance(template, str):
        return template
    return f"{record.name}, in {record.pathname}, line {record.lineno}"


def _release() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return f"soulfra@{project['version']}"
