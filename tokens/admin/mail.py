"""Emails as they were sent, with the status of each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from tokens.models import Mail, MutedMail
from tokens.staff import replaying
from tokens.web.admin.actions import ActionForm, act_once, pk_of, row_of
from tokens.web.admin.links import page_of
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin


@admin.register(Mail)
class MailAdmin(LongListAdmin):
    list_display = ["id", "user", "kind", "heading", "status", "attempts", "last_error", "created_at", "sent_at"]
    list_filter = ["status", ("kind", IndexedValuesFilter)]
    list_select_related = ["user"]
    search_fields = ["user", "address", "about", "id"]
    exclude = ["html"]
    actions_detail = ["send_again"]

    @action(
        description="Send again",
        permissions=["send"],
        dialog={
            "title": "Send this email again?",
            "description": "We'll send it to the customer's current address within a minute.",
            "form_class": ActionForm,
            "form_submit_text": "Send again",
        },
    )
    def send_again(self, request: HttpRequest, form: ActionForm, object_id: str) -> HttpResponse:
        email = row_of(self, request, object_id)

        def work() -> tuple[Model, str]:
            return replaying.send_again(email, why=form.why(request)), "Email queued; it will be sent within a minute."

        return act_once(self, request, form, work=work, back=page_of(email))

    def has_send_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        unsent = Mail.objects.filter(pk=pk_of(object_id)).exclude(status=Mail.Status.SENT)
        return request.user.has_perm(replaying.SEND) and (request.method == "POST" or unsent.exists())


@admin.register(MutedMail)
class MutedMailAdmin(LongListAdmin):
    list_display = ["user", "kind"]
    list_filter = [("kind", IndexedValuesFilter)]
    list_select_related = ["user"]
    search_fields = ["user"]
