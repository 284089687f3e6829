"""What staff do to a customer's way in: send an email to choose a new password, end the sessions, revoke a key."""

from __future__ import annotations

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from accounts import api_keys
from accounts.models import ApiKey, User
from accounts.sign_in import security_notices, sessions
from tokens.staff.acts import Why, record, require
from tokens.staff.errors import NothingToSend
from tokens.transactions import money_transaction

RESET, REVOKE = "accounts.reset_password", "accounts.change_apikey"


def send_password_reset(user: User, *, request: HttpRequest, why: Why) -> None:
    """Email a customer a link to choose a new password. Raises NotPermitted, NothingToSend."""
    require(why, RESET, on=user.pk)
    form = ResetPasswordForm({"email": user.email})
    if not (form.is_valid() and any(found.pk == user.pk for found in form.users)):
        raise NothingToSend("This account is closed or has no email address, so no email can be sent.")
    record("send a password reset", f"user {user.pk}", why=why, user_id=user.pk)
    form.save(request)


@money_transaction
def end_sessions(user: User, *, why: Why) -> None:
    """Sign a customer out everywhere. Raises NotPermitted."""
    require(why, RESET, on=user.pk)
    record("end all sessions", f"user {user.pk}", why=why, user_id=user.pk)
    sessions.end_all(user)


@money_transaction
def revoke_key(api_key: ApiKey, *, why: Why) -> ApiKey:
    """Shut a customer's key for good. Revoked before: nothing happens. Raises NotPermitted."""
    require(why, REVOKE, on=api_key.user_id)
    api_key = ApiKey.objects.select_for_update().get(pk=api_key.pk)
    if api_key.revoked_at is None:
        api_key = api_keys.revoke(api_key)
        security_notices.tell(api_key.user, "api_key_revoked", prefix=api_key.prefix)
        record("revoke a key", f"API key {api_key.prefix}…", why=why, user_id=api_key.user_id)
    return api_key
