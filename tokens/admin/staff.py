"""Activity and wrote down: rows that nobody changes."""

from django.contrib import admin

from tokens.models import StaffAct, StaffNote
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin


@admin.register(StaffAct)
class StaffActAdmin(LongListAdmin):
    list_display = ["id", "created_at", "by", "verb", "user", "subject", "reason", "note", "request_id"]
    list_filter = [("verb", IndexedValuesFilter)]
    list_select_related = ["by", "user"]
    search_fields = ["by", "user", "request_id", "id"]


@admin.register(StaffNote)
class StaffNoteAdmin(LongListAdmin):
    list_display = ["id", "user", "text", "by", "created_at"]
    list_select_related = ["by", "user"]
    search_fields = ["user", "by"]
