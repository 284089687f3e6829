"""The API keys page: make a key, see it once, see what every key is doing, replace or revoke one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import api_keys, key_rotation
from accounts.errors import KeyOver, TooManyKeys
from accounts.hooks import Hook
from accounts.models import ApiKey, User
from accounts.pages.forms import NewApiKeyForm, RotateKeyForm
from accounts.sign_in import cookies, security_notices

NAME = "new_api_key"
SHOWN_WITHIN = timedelta(minutes=1)

# What a user's keys have spent, by their ids: whatever account/_key_usage.html shows of it.
spent_by_keys: Hook[Callable[[int], dict[int, Any]]] = Hook()


class SignedInRequest(HttpRequest):
    """A request that `login_required` let through."""

    user: User


@never_cache
@login_required
@reauthentication_required(app="accounts", allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_list(request: SignedInRequest) -> HttpResponse:
    """The signed-in user's keys and the form for a new one. A key that was just made is shown, once."""
    form = NewApiKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _made(request, form)
        except TooManyKeys as error:
            form.add_error(None, str(error))
    new_key = request.get_signed_cookie(_cookie(), default="", salt=_salt(request), max_age=SHOWN_WITHIN)
    keys = ApiKey.objects.for_user(request.user.pk).newest_first()
    spent = {pk: used for look in spent_by_keys for pk, used in look(request.user.pk).items()}
    shown = [(key, spent.get(key.pk)) for key in keys]
    response = render(request, "account/api_keys.html", {"form": form, "api_keys": shown, "new_key": new_key})
    if _cookie() in request.COOKIES:
        response.delete_cookie(_cookie(), path=request.path)
    return response


@never_cache
@login_required
@reauthentication_required(app="accounts", allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks before it revokes one of the signed-in user's keys."""
    api_key = get_object_or_404(ApiKey.objects.for_user(request.user.pk), pk=pk)
    if request.method != "POST":
        return render(request, "account/api_key_revoke.html", {"api_key": api_key})
    if api_key.revoked_at is None:
        api_keys.revoke(api_key)
        ip = security_notices.ip_of(request)
        security_notices.tell(request.user, "api_key_revoked", ip=ip, prefix=api_key.prefix)
    messages.success(request, f"“{api_key.name}” revoked. Requests that use it are now refused.")
    return HttpResponseRedirect(reverse("accounts:api_keys"), status=303)


@never_cache
@login_required
@reauthentication_required(app="accounts", allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_rotate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks how long one of the signed-in user's keys still works, and makes its successor."""
    api_key = get_object_or_404(ApiKey.objects.for_user(request.user.pk), pk=pk)
    form = RotateKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _rotated(request, api_key, form)
        except (KeyOver, TooManyKeys) as error:
            form.add_error(None, str(error))
    return render(request, "account/api_key_rotate.html", {"form": form, "api_key": api_key})


def _made(request: SignedInRequest, form: NewApiKeyForm) -> HttpResponse:
    api_key, text = api_keys.issue(
        request.user,
        name=form.cleaned_data["name"],
        may=form.cleaned_data["scopes"],
        expires_at=form.expires_at(),
        note=form.cleaned_data["note"],
        caps=form.caps(),
        form_key=form.cleaned_data["form_key"],
    )
    ip = security_notices.ip_of(request)
    security_notices.tell(request.user, "api_key_created", at=api_key.created_at, ip=ip, prefix=api_key.prefix)
    return _shown_next(request, api_key, text)


def _rotated(request: SignedInRequest, old: ApiKey, form: RotateKeyForm) -> HttpResponse:
    asked = form.cleaned_data
    new, text = key_rotation.rotate(old, works_on=asked["works_on"], form_key=asked["form_key"])
    security_notices.tell(
        request.user,
        "api_key_rotated",
        at=new.created_at,
        ip=security_notices.ip_of(request),
        prefix=old.prefix,
        successor=new.prefix,
    )
    return _shown_next(request, new, text)


def _shown_next(request: SignedInRequest, api_key: ApiKey, text: str) -> HttpResponse:
    """Carry the new key to the next page in a short-lived signed cookie: it never rests in a URL or in our database."""
    page = reverse("accounts:api_keys")
    response = HttpResponseRedirect(page, status=303)
    # A form sent again an hour later (back, then reload) finds its key, but that key has had its one showing.
    if timezone.now() - api_key.created_at < SHOWN_WITHIN:
        response.set_signed_cookie(
            _cookie(),
            text,
            salt=_salt(request),
            max_age=SHOWN_WITHIN,
            path=page,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _cookie() -> str:
    return cookies.named(NAME, path=reverse("accounts:api_keys"))


def _salt(request: SignedInRequest) -> str:
    # The next user of the same browser must not be shown the key.
    return f"new-api-key:{request.user.pk}"
