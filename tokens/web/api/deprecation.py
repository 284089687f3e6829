"""A call that is on its way out says so in each of its answers, and in the schema: RFC 9745 and RFC 8594."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.utils.http import http_date

CHANGES = "/api/docs/changes"


@dataclass(frozen=True)
class Deprecation:
    """`instead` is a sentence that says what to call. From `sunset` on the call may be gone."""

    since: date
    sunset: date
    instead: str

    def __post_init__(self) -> None:
        if self.sunset <= self.since:
            raise ValueError("A call can't be gone before it is deprecated.")

    @property
    def sentence(self) -> str:
        """For the call's description."""
        return f"Deprecated since {self.since}; gone from {self.sunset} on. {self.instead}"

    def headers(self) -> dict[str, str]:
        """What every answer to the call says."""
        since, sunset = (datetime.combine(day, time(), UTC).timestamp() for day in (self.since, self.sunset))
        link = f'<{settings.SITE_URL}{CHANGES}>; rel="deprecation"; type="text/html"'
        return {"Deprecation": f"@{since:.0f}", "Sunset": http_date(sunset), "Link": link}


def headers_of(call: Any) -> dict[str, str]:
    """The headers of a method of a view; none unless it is deprecated."""
    deprecation: Deprecation | None = getattr(call, "deprecation", None)
    return deprecation.headers() if deprecation else {}
