"""Staff need two-factor authentication for the back office, used in the same session, and set it up by invitation.

allauth asks for the code at sign-in. This covers what that leaves open: staff who never set one up, sessions that are
older than it, and acts that want a fresh code.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from accounts.errors import FactorNotFresh
from accounts.factors.proof import has_factor, used_factor
from soulfra.backoffice.invitations import may_set_up

SIGN_OUT = "admin:logout"


class SecondFactor:
    """Leads a member of staff who has not used a second factor in this session to where that is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.STAFF_MFA:
            return self.get_response(request)
        if _is_missing(request):
            return _lead(request)
        if _sets_up_uninvited(request):
            return HttpResponseRedirect(reverse("staff_invitation_needed"))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _lead(request) if isinstance(error, FactorNotFresh) else None


def _is_missing(request: HttpRequest) -> bool:
    return (
        request.path.startswith(reverse("admin:index"))
        and _is_staff(request)
        and request.path != reverse(SIGN_OUT)
        and not used_factor(request)
    )


def _sets_up_uninvited(request: HttpRequest) -> bool:
    return request.path == reverse("mfa_activate_totp") and _is_staff(request) and not may_set_up(request)


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff


def _lead(request: HttpRequest) -> HttpResponse:
    address = f"{_where(request)}?{urlencode({'next': _back(request)})}"
    if "HX-Request" in request.headers:  # a dialog would show the page within itself
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _where(request: HttpRequest) -> str:
    if has_factor(request.user):
        return reverse("account_reauthenticate")
    return reverse("mfa_activate_totp" if may_set_up(request) else "staff_invitation_needed")


def _back(request: HttpRequest) -> str:
    """The page to return to. What a form said cannot be sent again by a redirect, so it begins anew."""
    if "HX-Request" in request.headers:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return f"{page.path}?{page.query}".rstrip("?") or reverse("admin:index")
    return request.get_full_path() if request.method == "GET" else request.path
