"""System checks: figures are given to those they are meant for."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from soulfra.pasted import is_guessable
from soulfra.watching.exposing import host_and_port

LETTERS_OF_TOKEN = 16


@register(Tags.security)
def token_of_metrics(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: whoever guesses the token reads how much is sold."""
    token = settings.METRICS_TOKEN
    if not token or (token.isascii() and not is_guessable(token, letters=LETTERS_OF_TOKEN)):
        return []
    return [
        Error(
            "METRICS_TOKEN is a placeholder or too short, so anybody could read the shop's figures.",
            hint="Set it to what `python3 -c 'import secrets; print(secrets.token_hex(32))'` prints.",
            id="soulfra.E070",
        )
    ]


@register(Tags.security)
def address_of_metrics(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        if settings.METRICS_ADDRESS:
            host_and_port(settings.METRICS_ADDRESS)
    except ValueError:
        return [
            Error(
                f"METRICS_ADDRESS is {settings.METRICS_ADDRESS!r}, not a host and a port.",
                hint="Set it to an address of this machine that only Prometheus can reach, such as 127.0.0.1:9464.",
                id="soulfra.E071",
            )
        ]
    return []
