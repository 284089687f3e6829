"""A verb for the rows chosen in a list: a page that says which, asks why, and acts once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tokens.web.admin.actions import ActionForm, do_once
from tokens.web.redirects import SeeOther

NAMED = 20


def ask_about_selected(
    page: ModelAdmin[Any],
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    title: str,
    submit: str,
    work: Callable[[ActionForm], tuple[Sequence[Model], str]],
    asks_stripe: bool = False,
) -> HttpResponse:
    """Ask for the reason; with it, do the work and lead back to the list as it was filtered.

    `work` gives the rows that changed, each of which is logged, and the sentence.
    """
    form = ActionForm(data=request.POST if "form_key" in request.POST else None, request=request)
    if form.is_valid():
        do_once(page, request, form, work=lambda: work(form), asks_stripe=asks_stripe)
        return SeeOther(request.get_full_path())
    named = [str(row) for row in rows[: NAMED + 1]]
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.opts,
        "form": form,
        "submit_text": submit,
        "named": named[:NAMED],
        "has_more": len(named) > NAMED,
        "checkbox": ACTION_CHECKBOX_NAME,
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "verb": request.POST.get("action", ""),
        "select_across": request.POST.get("select_across", "0"),
    }
    return render(request, "admin/tokens/selected.html", context)
