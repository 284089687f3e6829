"""The log: one line for what happened, with the request and the user it is about, on standard error."""

from typing import Any


def configured(*, level: str) -> dict[str, Any]:
    """Django's `LOGGING`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name} [{request_id} user {user_id}]: {message}", "style": "{"}
        },
        "filters": {
            "request_id": {"()": "tokens.request_id.RequestIdFilter"},
            "trouble": {"()": "tokens.database_trouble.OneLine"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id", "trouble"]}
        },
        "root": {"handlers": ["console"], "level": level},
        # The SDK and its client would write lines for every call, and Django each of its own twice.
        "loggers": {
            "stripe": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "django": {"handlers": [], "propagate": True},
        },
    }
