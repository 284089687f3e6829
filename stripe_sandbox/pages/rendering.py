"""What every page shares: templates, redirects, and how a time is shown."""

import datetime as dt
from pathlib import Path
from typing import Any

import jinja2
from werkzeug import Response

from stripe_sandbox.pages import addresses

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=True
)
_templates.globals["url"] = addresses.of


def render(name: str, context: dict[str, Any], *, status: int = 200) -> Response:
    """A response with the template `<name>.html`, rendered from `context`."""
    page = _templates.get_template(f"{name}.html").render(context)
    return Response(page, status=status, mimetype="text/html")


def shown_ahead(seconds: int) -> str:
    """How far a clock is ahead, in words: “31 days”, “1 day and 2 hours”; "" if it isn't, by an hour or more."""
    days, hours = divmod(seconds // 3600, 24)
    parts = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in ((days, "day"), (hours, "hour")) if count]
    return " and ".join(parts)


def see_other(url: str) -> Response:
    """A redirect (303) to `url`."""
    return Response(status=303, headers={"Location": url})


def shown_time(created: int) -> str:
    """Unix seconds as a page shows them, in UTC wherever the sandbox runs."""
    return dt.datetime.fromtimestamp(created, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
