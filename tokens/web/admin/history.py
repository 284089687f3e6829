"""What staff edit in a form of its own: the log says of every field what it was and what it became."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.models import DELETION, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from accounts.factors.proof import require_fresh_factor
from tokens.staff.acts import Why, forbid_self, record
from tokens.web.admin.actions import staff_of
from tokens.web.admin.lookups import ShownLookups
from tokens.web.caller import user_id_of
from tokens.wording import sentence

NOTHING = "empty"
REASON = "Changed in the back office"
LONGEST_NOTE = 1000


class Audited:
    """A mixin of pages: whatever is added, changed or deleted needs a fresh code and is an act of the audit log."""

    asks_before_form = True  # for a code, so that nothing is filled in for nothing
    private: frozenset[str] = frozenset()  # fields whose values the log, of which nothing is ever erased, never tells

    def subject_of(self, row: Any) -> str:
        return f"{row._meta.verbose_name} {getattr(row, 'key', row.pk)}"

    def user_of(self, row: Any) -> int | None:
        """The id of the user to whom it is done."""
        return None

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        page: Any = self
        if request.method == "POST" or (self.asks_before_form and page.has_change_permission(request)):
            require_fresh_factor(request)
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]  # a mixin

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require_fresh_factor(request)
        return super().delete_view(request, *args, **kwargs)  # type: ignore[misc]  # a mixin

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            require_fresh_factor(request)
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]  # a mixin

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]  # a mixin
        if change and not form.changed_data:
            return
        note = changes(form, is_new=not change, private=self.private)
        self._record(request, "change" if change else "add", form.instance, note, self.user_of(form.instance))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record_deletion(request, obj)
        super().delete_model(request, obj)  # type: ignore[misc]  # a mixin

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self._record_deletion(request, row)
        super().delete_queryset(request, queryset)  # type: ignore[misc]  # a mixin

    def _record_deletion(self, request: HttpRequest, row: Any) -> None:
        """What the act is done to is gone afterwards, so the act does not point to it."""
        forbid_self(staff_of(request), self.user_of(row))
        self._record(request, "delete", row, _last_values(row, private=self.private), None)

    def _record(self, request: HttpRequest, did: str, row: Any, note: str, user_id: int | None) -> None:
        shown = note if len(note) <= LONGEST_NOTE else f"{note[: LONGEST_NOTE - 1]}…"
        why = Why(staff_of(request), REASON, shown)
        record(f"{did} {row._meta.verbose_name}", self.subject_of(row), why=why, user_id=user_id)


class SettingAdmin(Audited, ShownLookups, ModelAdmin):
    def construct_change_message(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, add: bool = False
    ) -> str:
        """Such as “Price cents: 4000 → 4500.”; for a new row, what it began with."""
        return changes(form, is_new=add) or "Nothing changed."

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep what the rows were, as nothing else will tell it."""
        return [
            LogEntry.objects.log_actions(user_id_of(request), [row], DELETION, change_message=_last_values(row))
            for row in queryset
        ]


def changes(form: Any, *, is_new: bool, private: Iterable[str] = ()) -> str:
    """Such as “Price cents: 4000 → 4500.”; for a new row, what it began with. Of `private` fields only the label."""
    if is_new:
        names = [name for name in form.fields if name in form.cleaned_data and name not in private]
        return " ".join(["Added.", *(_told(form, name, is_new=True) for name in names)])
    return " ".join(
        sentence(f"{_label(form, name)} changed") if name in private else _told(form, name, is_new=False)
        for name in form.changed_data
    )


def _label(form: Any, name: str) -> str:
    return form.fields[name].label or name


def _told(form: Any, name: str, *, is_new: bool) -> str:
    field, after = form.fields[name], form.cleaned_data[name]
    if is_new:
        return sentence(f"{_label(form, name)}: {_shown(after)}")
    before = form.get_initial_for_field(field, name)
    if isinstance(field, forms.ModelMultipleChoiceField):
        return sentence(f"{_label(form, name)}: {_difference(before or [], after)}")
    return sentence(f"{_label(form, name)}: {_shown(before)} → {_shown(after)}")


def _difference(before: Iterable[Any], after: Iterable[Any]) -> str:
    was, now = list(before), list(after)
    added, removed = [row for row in now if row not in was], [row for row in was if row not in now]
    parts = [("added", added), ("removed", removed)]
    return "; ".join(f"{did} {_shown(rows)}" for did, rows in parts if rows)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | QuerySet):
        return ", ".join(str(row) for row in value) or NOTHING
    return NOTHING if value in (None, "") else str(value)


def _last_values(row: Any, *, private: Iterable[str] = ()) -> str:
    fields = [field for field in row._meta.concrete_fields if not field.auto_created and field.name not in private]
    told = [sentence(f"{field.verbose_name}: {_shown(field.value_from_object(row))}") for field in fields]
    return " ".join(["Deleted.", *told])
