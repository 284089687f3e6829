"""Where one is: the badge that tells play money from real money, and the mark and stylesheet of these pages."""

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

from tokens.stripe_api import gateway


def badge(request: HttpRequest) -> tuple[str, str]:
    """The name of the environment and the colour it is shown in, for Unfold."""
    if settings.STRIPE_SANDBOX:
        return "Sandbox: play money", "warning"
    return ("Live", "danger") if gateway.is_live() else ("Test mode", "info")


def mark(request: HttpRequest) -> str:
    """The address of the shop's mark, for Unfold's SITE_ICON."""
    return static("img/mark.svg")


def stylesheet(request: HttpRequest) -> str:
    """The address of the back office's own style sheet, for Unfold's STYLES."""
    return static("css/backoffice.css")
