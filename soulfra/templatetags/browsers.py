"""A browser as people call it."""

from django import template

register = template.Library()

# In this order, since each says that it is some of those after it, too.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Windows": "Windows",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@register.filter
def browser(user_agent: str) -> str:
    """“Firefox on Linux” for a User-Agent header; the header itself where it is of another kind, as a program's."""
    name, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    return f"{name} on {system}" if name and system else user_agent or "Unknown"


def _first(names: dict[str, str], text: str) -> str:
    return next((name for sign, name in names.items() if sign in text), "")
