"""What staff do for or to a person's account: mail a way to a new password, shut a key, make the person unknown."""

from __future__ import annotations

from allauth.account.forms import ResetPasswordForm
from django.db.models import Q
from django.http import HttpRequest

from memberships.current import get_membership
from soulfra.accounts import api_keys
from soulfra.accounts.forgetting import forget
from soulfra.accounts.models import ApiKey, User
from tokens.errors import NothingToSend, NotPermitted, TokenError
from tokens.ledger import lock_wallet
from tokens.models import Dispute, Purchase
from tokens.staff.acts import Why, record, require
from tokens.transactions import money_transaction

RESET, EXPORT, ANONYMISE = "accounts.reset_password", "accounts.export_person", "accounts.anonymise_person"
REVOKE = "accounts.change_apikey"


class StillBilled(TokenError):
    """A person whose membership is still paid for cannot be made unknown."""


class StillDisputed(TokenError):
    """A person about whom a bank may still ask cannot be made unknown."""


def send_password_reset(user: User, *, request: HttpRequest, why: Why) -> None:
    """Send the mail with which a customer chooses a new password. Raises NotPermitted, NothingToSend."""
    require(why, RESET)
    form = ResetPasswordForm({"email": user.email})
    if not (form.is_valid() and any(found.pk == user.pk for found in form.users)):
        raise NothingToSend("This account is closed or has no e-mail address, so no mail can be sent.")
    record("send a password reset", f"user {user.pk}", why=why, user_id=user.pk)
    form.save(request)


@money_transaction
def revoke_key(api_key: ApiKey, *, why: Why) -> ApiKey:
    """Shut a customer's key for good. Revoked before: nothing happens. Raises NotPermitted."""
    require(why, REVOKE)
    api_key = ApiKey.objects.select_for_update().get(pk=api_key.pk)
    if api_key.revoked_at is None:
        api_key = api_keys.revoke(api_key)
        record("revoke a key", f"API key {api_key.prefix}…", why=why, user_id=api_key.user_id)
    return api_key


@money_transaction
def anonymise(user: User, *, why: Why) -> User:
    """Remove a customer's name and addresses, shut their keys and end their sessions, for good; money rows stay.

    Done before: nothing happens. Raises NotPermitted (also for a member of staff), StillBilled, StillDisputed.
    """
    require(why, ANONYMISE)
    if user.is_staff or user.is_superuser:
        raise NotPermitted("A member of staff is not made unknown: every act names who did it.")
    if get_membership(user.pk).is_billed:
        raise StillBilled("The membership is still paid for. Cancel it first.")
    if Dispute.objects.filter(user=user).filter(~Q(status__in=Dispute.CLOSED) | ~Q(unclear="")).exists():
        raise StillDisputed("A dispute is open, and its evidence is about this person. Wait until it is closed.")
    list(Purchase.objects.for_user(user.pk).order_by("pk").select_for_update())  # before the wallet, as everywhere
    lock_wallet(user.pk)
    unknown = f"anonymous-{user.pk}"
    if user.username != unknown:
        forget(user, unknown)
        record("anonymise", f"user {user.pk}", why=why, user_id=user.pk)
    return user
