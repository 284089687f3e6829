"""Who signed in or out, who was refused, and what opened an account: lines in the server's log, one for each.

What was typed is never logged, since people type passwords where their names belong.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts.models import User

log = logging.getLogger(__name__)

CHANGES: dict[Signal, str] = {
    account.user_signed_up: "signed up",
    account.password_changed: "changed the password",
    account.password_set: "set a password",
    account.password_reset: "reset the password",
    account.email_added: "added an email address",
    account.email_changed: "changed the email address",
    account.email_removed: "removed an email address",
    mfa.authenticator_added: "added an authenticator",
    mfa.authenticator_removed: "removed an authenticator",
    mfa.authenticator_reset: "replaced the recovery codes",
    mfa.authentication_failed: "entered a wrong two-factor code",
}


@receiver(auth.user_logged_in)
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    methods = sorted({record["method"] for record in get_authentication_records(request, user)})
    log.info("User %s signed in%s from %s.", user.pk, f" by {', '.join(methods)}" if methods else "", _ip(request))


@receiver(auth.user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        log.info("User %s signed out from %s.", user.pk, _ip(request))


@receiver(auth.user_login_failed)
def refused(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    name = str(credentials.get("email") or credentials.get("username") or "")
    user_id = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).values_list("pk", flat=True).first()
    whom = f"user {user_id}" if user_id else "nobody known"
    log.warning("A wrong password for %s was given from %s.", whom, _ip(request))


def changed(signal: Signal, request: HttpRequest, user: User, **kwargs: Any) -> None:
    level = logging.WARNING if signal is mfa.authentication_failed else logging.INFO
    log.log(level, "User %s %s from %s.", user.pk, CHANGES[signal], _ip(request))


for each in CHANGES:
    each.connect(changed, dispatch_uid="accounts.sign_in.log")


def _ip(request: HttpRequest | None) -> str:
    try:
        return (get_adapter(request).get_client_ip(request) if request else "") or "an unknown address"
    except PermissionDenied:  # allauth's word for a server that gives no address
        return "an unknown address"
