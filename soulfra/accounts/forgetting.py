"""Making a person unknown: what names them goes from every row that has it; the rows, and all money, stay.

What staff wrote as the reason of an act stays too, as do the events that Stripe sent and what Stripe itself keeps.
"""

from __future__ import annotations

import re

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Model, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from brands.models import CsvImport
from memberships.models import Gift, Membership, Subscription
from soulfra.accounts.models import ApiKey, User
from tokens.models import GrantBatch, Mail, Purchase, StaffNote, StripeCustomer


def forget(user: User, unknown: str) -> None:
    """Take the name and the addresses of a person away, in the caller's transaction; `unknown` stands for them."""
    _forget_in_the_log(user, unknown)
    _forget_in_lists(user.email, unknown)
    user.username, user.email, user.first_name, user.last_name, user.is_active = unknown, "", "", "", False
    user.set_unusable_password()  # which ends every session: each is signed with the password
    user.save()
    EmailAddress.objects.filter(user=user).delete()
    if apps.is_installed("allauth.mfa"):
        apps.get_model("mfa", "Authenticator").objects.filter(user=user).delete()
    ApiKey.objects.filter(user=user).update(name="", revoked_at=timezone.now())
    StripeCustomer.objects.filter(user=user).update(email="")
    Purchase.objects.for_user(user.pk).update(client_ip=None, user_agent="")
    StaffNote.objects.filter(user=user).update(text="")
    CsvImport.objects.of(user.pk).update(filename="")
    mails = Mail.objects.filter(user=user)
    mails.filter(status=Mail.Status.WAITING).update(status=Mail.Status.GIVEN_UP, next_try_at=None)
    mails.update(address="", text="", html="", subject=F("kind"))


def _forget_in_the_log(user: User, unknown: str) -> None:
    """Rows are named in the log as they were then, and sentences about them name their customer."""
    name = re.compile(rf"(?<!\w){re.escape(user.username)}(?!\w)")
    for row in _rows_in_the_log(user):
        kind = ContentType.objects.get_for_model(row)
        for entry in LogEntry.objects.filter(content_type=kind, object_id=str(row.pk)):
            entry.change_message = name.sub(unknown, entry.change_message)
            entry.object_repr = name.sub(unknown, entry.object_repr)
            if isinstance(row, ApiKey):
                entry.object_repr = f"API key {row.prefix}…"
                entry.change_message = entry.change_message.replace(str(row), entry.object_repr)
            entry.save(update_fields=["object_repr", "change_message"])


def _rows_in_the_log(user: User) -> list[Model]:
    """Those of the person's rows whose name, or whose verbs' sentences, can tell who it is."""
    kinds: list[type[Model]] = [ApiKey, Gift, Membership, Subscription]
    return [user, *(row for kind in kinds for row in kind._default_manager.filter(user=user))]


def _forget_in_lists(email: str, unknown: str) -> None:
    """Lists that were granted keep the addresses they were given."""
    if not email:
        return
    address = email.lower()
    lists = GrantBatch.objects.annotate(text=Cast("emails", TextField())).filter(text__contains=address)
    for batch in lists.select_for_update():
        batch.emails = [unknown if each == address else each for each in batch.emails]
        batch.save(update_fields=["emails"])
