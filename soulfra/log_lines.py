"""The log on standard error: one line for what happened, with the request and the user it is about, or one object of
JSON, for programs that collect logs.
"""

import logging
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# What no line says need not be found out for each: https://docs.python.org/3/howto/logging.html#optimization
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False

FORMATTERS: dict[str, dict[str, Any]] = {
    "lines": {"format": "{asctime} {levelname} {name} [{request_id} user {user_id}]: {message}", "style": "{"},
    "json": {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": ["levelname", "name", "request_id", "user_id", "message"],
        "rename_fields": {"levelname": "level", "name": "logger"},
        "timestamp": "time",
    },
}


def configured(*, level: str, form: str, has_access_lines: bool) -> dict[str, Any]:
    """Django's `LOGGING`. Raises ImproperlyConfigured for a form that isn't known."""
    if form not in FORMATTERS:
        raise ImproperlyConfigured(f"LOG_FORMAT is {form!r}: set it to lines or json.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": FORMATTERS[form]},
        "filters": {
            "request_id": {"()": "tokens.request_id.RequestIdFilter"},
            "routes": {"()": "soulfra.watching.log_paths.RoutesForPaths"},
            "trouble": {"()": "tokens.database_trouble.OneLine"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["request_id", "routes", "trouble"],
            },
            "access": {"class": "soulfra.watching.gathered.Gathered", "formatter": "line", "filters": ["request_id"]},
        },
        "root": {"handlers": ["console"], "level": level},
        # The SDK and its client would write lines for every call, and Django each of its own twice.
        "loggers": {
            "stripe": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "django": {"handlers": [], "propagate": True},
            "soulfra.access": {
                "handlers": ["access"],
                "propagate": False,
                **({} if has_access_lines else {"level": "WARNING"}),
            },
        },
    }
