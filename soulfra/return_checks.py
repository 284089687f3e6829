"""System check: buyers are sent back to whole origins that somebody meant."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from tokens.web.return_addresses import is_origin


@register(Tags.security)
def return_origins(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each that is no origin as browsers write it, or reached without encryption."""
    return [
        Error(
            f"CHECKOUT_RETURN_ORIGINS holds {origin!r}, to which no address could be compared.",
            hint="Name scheme, host and a port that isn't the usual one, in small letters and without a path, such as "
            "https://app.example.com. With DEBUG, http://localhost:3000 is one too.",
            id="soulfra.E075",
        )
        for origin in settings.CHECKOUT_RETURN_ORIGINS
        if not is_origin(origin)
    ]
