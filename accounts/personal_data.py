"""What is kept of a person: each app says so here, and the back office exports it, or makes the person unknown.

An app that keeps something of a user registers it, so that a table that is new is in the export and forgotten too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, User

Keeper = Callable[[int], dict[str, QuerySet[Any]]]
Forgetter = Callable[[User, str], None]
Named = Callable[[int], list[Model]]

_keepers: list[Keeper] = []
_forgetters: list[Forgetter] = []
_named: list[Named] = []


def keeps(keeper: Keeper) -> Keeper:
    """Register what gives, for a user's id, the rows kept of them, each kind under its name in an export."""
    _keepers.append(keeper)
    return keeper


def forgets(forgetter: Forgetter) -> Forgetter:
    """Register what takes a person's name and addresses out of rows, in the caller's transaction.

    It is given the user, as they are still named, and the word that stands for them from then on.
    """
    _forgetters.append(forgetter)
    return forgetter


def named_in_the_log(named: Named) -> Named:
    """Register what gives, for a user's id, the rows whose entries in the log of the back office tell who it is."""
    _named.append(named)
    return named


def kept_of(user_id: int) -> dict[str, QuerySet[Any]]:
    """Every kind of row about a person, by its name in an export."""
    return {name: rows for keeper in _keepers for name, rows in keeper(user_id).items()}


def rows_in_the_log(user_id: int) -> Iterator[Model]:
    for named in _named:
        yield from named(user_id)


def forget(user: User, unknown: str) -> None:
    """Take the name and the addresses of a person away everywhere, in the caller's transaction.

    The user's own row comes last, because the other rows are found by what it says.
    """
    for forgetter in _forgetters:
        forgetter(user, unknown)
    user.username, user.email, user.first_name, user.last_name, user.is_active = unknown, "", "", "", False
    user.set_unusable_password()  # which ends every session: each is signed with the password
    user.save()


@keeps
def account(user_id: int) -> dict[str, QuerySet[Any]]:
    return {
        "account": User.objects.filter(pk=user_id),
        "email_addresses": EmailAddress.objects.filter(user=user_id).order_by("pk"),
        "api_keys": ApiKey.objects.for_user(user_id).order_by("pk"),
    }


@forgets
def forget_sign_in(user: User, unknown: str) -> None:
    EmailAddress.objects.filter(user=user).delete()
    if apps.is_installed("allauth.mfa"):
        apps.get_model("mfa", "Authenticator").objects.filter(user=user).delete()
    ApiKey.objects.for_user(user.pk).update(name="", revoked_at=timezone.now())


@named_in_the_log
def account_and_keys(user_id: int) -> list[Model]:
    return [User.objects.get(pk=user_id), *ApiKey.objects.for_user(user_id)]
