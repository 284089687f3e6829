"""The log of what staff did, second factors and confirmed addresses, as pages of the back office."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.factors import removing
from accounts.factors.proof import require_fresh_factor
from accounts.models import User
from soulfra.backoffice import customer  # noqa: F401  importing registers the pages of customers and their keys
from tokens.staff.acts import Why, record
from tokens.web.admin.actions import staff_of
from tokens.web.admin.history import REASON
from tokens.web.admin.paging import LongListAdmin

# allauth's own page shows the secret from which codes are made.
admin.site.unregister(Authenticator)
# This one shows the keys of sessions, each of which is its user's way in.
admin.site.unregister(UserSession)
# And this one marks an address as confirmed with one click, which nothing writes down.
admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class EmailAddressAdmin(LongListAdmin):
    """Which addresses customers have confirmed. They confirm and change them on their own pages."""

    list_display = ["email", "user", "verified", "primary"]
    list_filter = ["verified"]
    list_select_related = ["user"]
    search_fields = ["email", "user"]


@admin.register(Authenticator)
class AuthenticatorAdmin(LongListAdmin):
    """Who has two-factor authentication. Deleting a row lets a user who lost their phone set it up again."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("mfa.delete_authenticator")

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        require_fresh_factor(request)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        self.delete_queryset(request, Authenticator.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        """Whoever found the phone may be signed in, and the recovery codes may be where the phone was."""
        require_fresh_factor(request)
        why = Why(staff_of(request), REASON)
        with transaction.atomic():
            for user in User.objects.filter(pk__in=queryset.values("user")):
                record("remove two-factor authentication", f"user {user.pk}", why=why, user_id=user.pk)
                removing.remove_factor(user)


@admin.register(LogEntry)
class LogEntryAdmin(LongListAdmin):
    """Every change made in the back office: who, when, what, and the values before and after."""

    list_display = ["when", "user", "kind", "on_what", "change"]
    list_filter = ["action_flag", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user", "id"]
    fields = ["action_time", "user", "content_type", "object_repr", "change"]

    @admin.display(description="When (UTC)")
    def when(self, entry: LogEntry) -> Any:
        return entry.action_time

    @admin.display(description="Type")
    def kind(self, entry: LogEntry) -> str:
        return str(entry.content_type.name) if entry.content_type else "-"

    @admin.display(description="Object")
    def on_what(self, entry: LogEntry) -> str:
        return entry.object_repr

    @admin.display
    def change(self, entry: LogEntry) -> str:
        return entry.get_change_message() or entry.get_action_flag_display()
