"""The log of what staff did, and their second factors, as pages of the back office."""

from __future__ import annotations

from typing import Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from tokens.admin.paging import LongList, LongListAdmin
from tokens.admin.searching import ExactSearch

admin.site.unregister(EmailAddress)
# allauth's own page shows the secret from which codes are made.
admin.site.unregister(Authenticator)


@admin.register(EmailAddress)
class EmailAddressAdmin(LongList, ExactSearch, AllauthEmailAddressAdmin):
    """allauth's page, as a long list."""

    actions = AllauthEmailAddressAdmin.actions

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return ["email", "user"]


@admin.register(Authenticator)
class AuthenticatorAdmin(LongListAdmin):
    """Who has a second factor. Deleting one lets its owner, whose telephone is lost, set up another."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("mfa.delete_authenticator")


@admin.register(LogEntry)
class LogEntryAdmin(LongListAdmin):
    """Every change made in the back office: who, when, what, and the values before and after."""

    list_display = ["action_time", "user", "content_type", "object_repr", "change"]
    list_filter = ["action_flag", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user", "id"]
    fields = ["action_time", "user", "content_type", "object_repr", "change"]

    @admin.display
    def change(self, entry: LogEntry) -> str:
        return entry.get_change_message() or entry.get_action_flag_display()
