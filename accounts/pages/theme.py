"""The choice between light, dark and the system's theme, kept in a cookie so that it works without JavaScript."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from accounts.pages.going_back import back
from accounts.sign_in import cookies

NAME = "theme"
THEMES = {"light", "dark"}


def chosen_theme(request: HttpRequest) -> str:
    """Light or dark; empty for the system's theme."""
    theme = request.COOKIES.get(cookies.named(NAME), "")
    return theme if theme in THEMES else ""


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice and go back to the page it was made on; anything but light or dark means the system's theme."""
    response = HttpResponseRedirect(back(request, settings.LOGIN_REDIRECT_URL), status=303)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            cookies.named(NAME),
            theme,
            max_age=timedelta(days=365),
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    else:
        response.delete_cookie(cookies.named(NAME))
    return response
