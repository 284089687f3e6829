"""Personal data: each app registers what it has about a user, for the back office to export or erase.

An app that has data about users registers it, so that a new table is exported and erased too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.hooks import Hook
from accounts.models import ApiKey, DataDownload, KeyCaps, User

# Takes a user's id and returns the rows about them, each kind under its name in an export.
keeps: Hook[Callable[[int], dict[str, QuerySet[Any]]]] = Hook()
# The same for what staff write down for each other: it is in their export of a person, not in the person's own copy.
keeps_internally: Hook[Callable[[int], dict[str, QuerySet[Any]]]] = Hook()
# What erases a user's name and addresses from rows, in the caller's transaction. It is given the user, as they are
# still named, and the word that stands for them from then on.
forgets: Hook[Callable[[User, str], None]] = Hook()
# What gives, for a user's id, the rows whose entries in the log of the back office tell who it is.
named_in_the_log: Hook[Callable[[int], list[Model]]] = Hook()


def kept_of(user_id: int, *, internally: bool = True) -> dict[str, QuerySet[Any]]:
    """Every kind of row about a user, by its name in an export; without those of staff unless `internally`."""
    keepers = [*keeps, *(keeps_internally if internally else ())]
    return {name: rows for keeper in keepers for name, rows in keeper(user_id).items()}


def rows_in_the_log(user_id: int) -> Iterator[Model]:
    """The rows about a user whose names Django's admin log may repeat, from every app that registered some."""
    for named in named_in_the_log:
        yield from named(user_id)


def forget(user: User, unknown: str) -> None:
    """Erase a user's name and addresses from every app's rows, in the caller's transaction.

    The user's own row comes last, because the other rows are found by what it says.
    """
    for forgetter in forgets:
        forgetter(user, unknown)
    user.username, user.email, user.first_name, user.last_name, user.is_active = unknown, "", "", "", False
    user.set_unusable_password()  # which ends every session: each is signed with the password
    user.save()


@keeps
def account(user_id: int) -> dict[str, QuerySet[Any]]:
    """For the export: the account row, its email addresses, API keys, their caps, sessions, and copies of its data."""
    return {
        "account": User.objects.filter(pk=user_id),
        "email_addresses": EmailAddress.objects.filter(user=user_id).order_by("pk"),
        "api_keys": ApiKey.objects.for_user(user_id).order_by("pk"),
        "api_key_caps": KeyCaps.objects.filter(user=user_id).order_by("pk"),
        "data_downloads": DataDownload.objects.filter(user=user_id).order_by("pk"),
        "sessions": UserSession.objects.filter(user=user_id).order_by("pk"),
    }


@forgets
def forget_sign_in(user: User, unknown: str) -> None:
    """Delete the user's addresses and authenticators; revoke the API keys and erase their names."""
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    UserSession.objects.filter(user=user).delete()
    ApiKey.objects.for_user(user.pk).update(name="", note="", last_used_from=None, revoked_at=timezone.now())


@named_in_the_log
def account_and_keys(user_id: int) -> list[Model]:
    """The account and its API keys, whose names Django's admin log repeats. Raises User.DoesNotExist."""
    return [User.objects.get(pk=user_id), *ApiKey.objects.for_user(user_id)]
