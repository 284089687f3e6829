"""Emails as they were sent, with the status of each."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from tokens.models import Mail, MutedMail
from tokens.staff import replaying
from tokens.web.admin.actions import ActionForm
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin


@admin.register(Mail)
class MailAdmin(LongListAdmin):
    list_display = ["id", "user", "kind", "heading", "status", "attempts", "last_error", "created_at", "sent_at"]
    list_filter = ["status", ("kind", IndexedValuesFilter)]
    list_select_related = ["user"]
    search_fields = ["user", "address", "about", "id"]
    exclude = ["html"]
    actions_detail = ["send_again"]

    @button(
        "Send again",
        dialog(
            "Send this email again?",
            ActionForm,
            "Send again",
            "We'll send it to the customer's current address within a minute.",
        ),
        needs="send",
    )
    def send_again(self, request: HttpRequest, form: ActionForm, letter: Mail) -> Told:
        return replaying.send_again(letter, why=form.why(request)), "Email queued; it will be sent within a minute."

    has_send_permission = allows(
        replaying.SEND, shown=lambda pk: Mail.objects.filter(pk=pk).exclude(status=Mail.Status.SENT).exists()
    )


@admin.register(MutedMail)
class MutedMailAdmin(LongListAdmin):
    list_display = ["user", "kind"]
    list_filter = [("kind", IndexedValuesFilter)]
    list_select_related = ["user"]
    search_fields = ["user"]
