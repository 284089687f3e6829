"""Settings that staff edit: the log says of every field what it was and what it became."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.models import DELETION, LogEntry
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from tokens.web.admin.lookups import ShownLookups
from tokens.web.caller import user_id_of
from tokens.wording import sentence

NOTHING = "empty"


class SettingAdmin(ShownLookups, ModelAdmin):
    def construct_change_message(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, add: bool = False
    ) -> str:
        """Such as “Price cents: 4000 → 4500.”; for a new row, what it began with."""
        names = [name for name in form.fields if name in form.cleaned_data] if add else form.changed_data
        told = [_told(form, name, is_new=add) for name in names]
        return " ".join(["Added.", *told] if add else told) or "Nothing changed."

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep what the rows were, as nothing else will tell it."""
        return [
            LogEntry.objects.log_actions(user_id_of(request), [row], DELETION, change_message=_last_values(row))
            for row in queryset
        ]


def _told(form: forms.ModelForm, name: str, *, is_new: bool) -> str:
    field, after = form.fields[name], form.cleaned_data[name]
    label = field.label or name
    if is_new:
        return sentence(f"{label}: {_shown(after)}")
    return sentence(f"{label}: {_shown(form.get_initial_for_field(field, name))} → {_shown(after)}")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value in (None, "") else str(value)


def _last_values(row: Any) -> str:
    fields = [field for field in row._meta.concrete_fields if not field.auto_created]
    told = [sentence(f"{field.verbose_name}: {_shown(field.value_from_object(row))}") for field in fields]
    return " ".join(["Deleted.", *told])
