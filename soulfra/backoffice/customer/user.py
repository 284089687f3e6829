"""Users and groups in the back office. A user's page is the customer's: what they have, did, and what can be done."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts.factors import removing
from accounts.factors.proof import require_fresh_factor
from accounts.models import User
from accounts.sign_in import security_notices
from soulfra.backoffice.customer.account_form import AccountForm
from soulfra.backoffice.customer.overview import overview
from soulfra.backoffice.customer.tabs import open_tab
from soulfra.backoffice.customer.verbs import CustomerVerbs
from soulfra.backoffice.posted_ids import ManyRows
from tokens.staff.acts import Why, forbid_self, record
from tokens.web.admin.actions import pk_of, staff_of
from tokens.web.admin.buttons import allows
from tokens.web.admin.history import REASON, Audited
from tokens.web.admin.lookups import ShownLookups
from tokens.web.admin.paging import LongList
from tokens.web.admin.searching import ExactSearch

admin.site.unregister(Group)
FOUND = 302
# What makes staff of an account, and what makes more of it: only superusers give it.
STAFF_RIGHTS = ("is_staff", "is_superuser")
RIGHTS = [*STAFF_RIGHTS, "groups", "user_permissions"]
NAMES_AND_PASSWORDS = ["username", "email", "first_name", "last_name", "password", "password1", "password2"]


@admin.register(User)
class UserAdmin(Audited, ShownLookups, ManyRows, CustomerVerbs, LongList, ExactSearch, DjangoUserAdmin, ModelAdmin):
    form = AccountForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    change_form_template = "admin/accounts/customer.html"
    list_display = ["username", "email", "is_staff", "is_active", "date_joined"]
    search_fields = ["^username", "email", "id"]
    readonly_fields = ["last_login", "date_joined"]
    asks_before_form = False  # most look at the customer's page without changing anything; the form asks by itself
    private = frozenset(NAMES_AND_PASSWORDS)

    def user_of(self, row: User) -> int:
        return row.pk

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        given = [] if _is_superuser(request) else RIGHTS
        return [*super().get_readonly_fields(request, obj), *given]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _may_touch(request, obj) and super().has_delete_permission(request, obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not _is_superuser(request) and any(name in request.POST for name in RIGHTS):
            raise PermissionDenied
        return super().changeform_view(request, *args, **kwargs)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The customer's page; a POST is the account's form, which `edit_account` shows."""
        context = extra_context or {}
        if request.method == "POST" or "edits" in context:
            require_fresh_factor(request)
        user = self.get_object(request, object_id) if request.method == "GET" and "edits" not in context else None
        if user is not None and self.has_view_permission(request, user):
            context |= {"customer": user, "title": user.username, **overview(user), **open_tab(request, user.pk)}
        return super().change_view(request, object_id, form_url, context)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require_fresh_factor(request)
        return super().add_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The address of before hears of another one, whoever changed it."""
        super().save_model(request, obj, form, change)
        if any(getattr(obj, right) for right in STAFF_RIGHTS if right in form.changed_data):
            # An app that nobody was invited to set up, in a session from before, would open the back office at once.
            removing.remove_factor(obj)
            messages.warning(request, f"{obj} was signed out everywhere; send an invitation to the back office.")
        before = form.initial.get("email", "")
        if change and "email" in form.changed_data:
            told = {"from_email": before, "to_email": obj.email or "none"}
            security_notices.tell(obj, "email_changed", address=before, **told)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        require_fresh_factor(request)
        by, pk = staff_of(request), pk_of(id)
        forbid_self(by, pk)
        with transaction.atomic():
            answer = super().user_change_password(request, id, form_url)
            if request.method == "POST" and answer.status_code == FOUND:
                record("set a password", f"user {pk}", why=Why(by, REASON), user_id=pk)
                security_notices.tell(User.objects.get(pk=pk), "password_changed")
        return answer

    has_edit_account_permission = allows("accounts.change_user")

    @action(description="Edit account", permissions=["edit_account"])
    def edit_account(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.change_view(request, object_id, extra_context={"edits": True})


@admin.register(Group)
class GroupAdmin(Audited, ShownLookups, ManyRows, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]  # the mixin takes any field
    """Whoever changes a group gives themself what it allows, so only those do who have everything anyway."""

    def subject_of(self, row: Group) -> str:
        return f"group {row.name}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    """Whoever edits an account can take it over, so those of staff are a superuser's to edit."""
    return user is None or _is_superuser(request) or not (user.is_staff or user.is_superuser)
