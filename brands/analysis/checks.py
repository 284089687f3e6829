"""System checks: half a model configured is no model, and would be found out by nobody."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register
def analysis_model(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: an error for each setting of the analysis model that is missing or malformed.

    [] when all is well.
    """
    problems: list[CheckMessage] = []
    is_reachable = bool(settings.ANALYSIS_BASE_URL or settings.ANALYSIS_API_KEY)
    if is_reachable != bool(settings.ANALYSIS_MODEL):
        problems.append(
            Error(
                "Only half of a language model is configured, so the bundled rules would analyse instead.",
                hint="Set ANALYSIS_MODEL, and ANALYSIS_BASE_URL (or, for OpenAI itself, ANALYSIS_API_KEY); or none.",
                id="brands.E001",
            )
        )
    if settings.ANALYSIS_BASE_URL and not settings.ANALYSIS_BASE_URL.startswith(("http://", "https://")):
        problems.append(
            Error(
                "ANALYSIS_BASE_URL isn't a web address.",
                hint="Set it to where the model is served, such as http://localhost:11434/v1.",
                id="brands.E002",
            )
        )
    if not 1 <= settings.ANALYSIS_TIMEOUT_SECONDS <= 600:
        problems.append(Error("ANALYSIS_TIMEOUT_SECONDS must be from 1 to 600.", id="brands.E003"))
    return problems
