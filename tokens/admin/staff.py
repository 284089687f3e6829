"""The audit log and internal notes: rows that nobody changes."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin

from tokens.models import StaffAct, StaffNote
from tokens.models.staff import action_label
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin


class ActionFilter(IndexedValuesFilter):
    """Filters by the stored name of an action and shows its label."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        all_of_them, *others = super().choices(changelist)
        yield all_of_them
        for verb, choice in zip(self.lookup_choices, others, strict=True):
            yield {**choice, "display": action_label(verb)}


@admin.register(StaffAct)
class StaffActAdmin(LongListAdmin):
    list_display = ["id", "created_at", "by", "action", "user", "subject", "reason", "note", "request_id"]
    fields = ["created_at", "by", "action", "user", "subject", "reason", "note", "request_id"]
    list_filter = [("verb", ActionFilter)]
    list_select_related = ["by", "user"]
    search_fields = ["by", "user", "request_id", "id"]


@admin.register(StaffNote)
class StaffNoteAdmin(LongListAdmin):
    list_display = ["id", "user", "text", "by", "created_at"]
    list_select_related = ["by", "user"]
    search_fields = ["user", "by"]
