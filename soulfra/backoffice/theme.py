"""What the back office looks like: the settings of its theme, `UNFOLD`."""

from typing import Any


def theme(name: str) -> dict[str, Any]:
    """The setting UNFOLD; `name` is the shop's."""
    return {
        "SITE_TITLE": name,
        "SITE_HEADER": name,
        "SITE_SUBHEADER": "Back office",
        "SITE_SYMBOL": "toll",
        "ENVIRONMENT": "soulfra.backoffice.environment.badge",
        "DASHBOARD_CALLBACK": "soulfra.backoffice.dashboard.dashboard",
        "COMMAND": {"search_callback": "soulfra.backoffice.search.find"},
        "SIDEBAR": {
            "show_search": True,
            "command_search": True,
            "navigation": "soulfra.backoffice.sidebar.navigation",
        },
        "STYLES": ["soulfra.backoffice.environment.stylesheet"],
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "soulfra.backoffice.environment.mark"}],
    }
