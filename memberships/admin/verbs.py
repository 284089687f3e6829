"""What the buttons of these pages have in common: each form acts once, and what went wrong is said."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from tokens.caller import user_id_of
from tokens.errors import TokenError
from tokens.idempotency import answer_once, fingerprint
from tokens.refusals import problem_of


def new_form_key() -> str:
    return secrets.token_urlsafe(24)


class VerbForm(BaseDialogForm):
    """Whom it is about, and why it is done; `form_key` makes a form that is sent twice act once."""

    form_before_template = "memberships/admin/_facts.html"

    reason = forms.CharField(max_length=500, label="Why", widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))
    form_key = forms.CharField(max_length=64, initial=new_form_key, widget=forms.HiddenInput)

    def facts(self, pk: int) -> dict[str, object]:
        """What stands above the fields, by name: who and what this is about. Raises Http404."""
        return {}

    def get_before_template_context(self, request: HttpRequest, object_id: int | str | None = None) -> dict[str, Any]:
        if object_id is None:
            return {"facts": {}}
        if not str(object_id).isdecimal():
            raise Http404
        return {"facts": self.facts(int(object_id))}


def act_once(
    page: ModelAdmin[Any],
    request: HttpRequest,
    form: VerbForm,
    *,
    work: Callable[[], tuple[Model, str]],
    back: str,
) -> HttpResponse:
    """Do the work of a valid form, log and tell it, and lead back; a refusal is told instead.

    `work` returns the row that the log entry is about, and the sentence.
    """

    def worked() -> str:
        row, told = work()
        page.log_change(request, row, f"{told} Reason: {form.cleaned_data['reason']}")
        return told

    asked = fingerprint(request.path, {name: form.data.get(name) for name in form.fields})
    try:
        answer = answer_once(user_id_of(request), f"form:{form.cleaned_data['form_key']}", request=asked, work=worked)
    except TokenError as error:
        # The dialog shows no page of another address, so the table of refusals speaks through a message.
        problem = problem_of(error)
        messages.error(request, problem.detail if problem else str(error))
    else:
        messages.success(request, answer.body)
    return HttpResponse(headers={"HX-Redirect": back})
