"""Staff need two-factor authentication for the back office: without it they set it up first; each session asks for it.

allauth asks for the code at sign-in. This covers what that leaves open: staff who never set one up, and sessions that
are older than it.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

SIGN_OUT = "admin:logout"


class SecondFactor:
    """Leads a member of staff who has not used a second factor in this session to where that is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return _lead(request) if _is_missing(request) else self.get_response(request)


def _is_missing(request: HttpRequest) -> bool:
    if not settings.STAFF_MFA or not request.path.startswith(reverse("admin:index")):
        return False
    is_staff = request.user.is_authenticated and request.user.is_staff
    return is_staff and request.path != reverse(SIGN_OUT) and not was_used(request)


def was_used(request: HttpRequest) -> bool:
    """Whether the user of this session has proved a second factor in it."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def _lead(request: HttpRequest) -> HttpResponse:
    # A form that was sent cannot be sent again by a redirect, so it begins anew at its own page's start.
    back = request.get_full_path() if request.method == "GET" else reverse("admin:index")
    has_one = is_mfa_enabled(request.user, [Authenticator.Type.TOTP])
    where = reverse("mfa_reauthenticate" if has_one else "mfa_activate_totp")
    address = f"{where}?{urlencode({'next': back})}"
    if "HX-Request" in request.headers:  # a dialog would show the page within itself
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


@receiver(authenticator_added)
def count_as_used(request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs: Any) -> None:
    """Setting it up took a code, so it need not be asked again at once; allauth itself does not note that."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
