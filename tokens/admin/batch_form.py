"""The page that grants tokens to a list of customers: pasted or from a file, previewed, then started."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.factors.proof import require_fresh_factor
from tokens.idempotency import fingerprint
from tokens.models import GrantBatch
from tokens.staff import batches
from tokens.staff.acts import GRANT_REASONS, Why, who_sees
from tokens.staff.granting import most_that
from tokens.staff.grants import MOST_TOKENS
from tokens.web.admin.actions import answer_form, staff_of
from tokens.web.admin.dates import LastDayField
from tokens.web.admin.links import page_of
from tokens.web.one_file import OneFileForm
from tokens.web.redirects import SeeOther

STARTED = "Granting tokens in the background; this page updates automatically."
PENDING = "Pending approval: another member of staff must approve this list."
SENT_BEFORE = "This form already started another list. Check it below, then start a new form."


class BatchForm(OneFileForm):
    """After cleaning, `emails` is the list, whichever way it came."""

    emails = forms.CharField(
        required=False,
        label="Email addresses",
        help_text="Separate addresses with commas or line breaks.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )
    file = forms.FileField(required=False, label="Or a CSV file", widget=UnfoldAdminFileFieldWidget)
    tokens = forms.IntegerField(
        min_value=1, max_value=MOST_TOKENS, label="Tokens per customer", widget=UnfoldAdminIntegerFieldWidget
    )
    expires_at = LastDayField(required=False, help_text="Leave empty for tokens that never expire.")
    reason = forms.ChoiceField(
        choices=[(reason, reason) for reason in GRANT_REASONS],
        help_text=who_sees(GRANT_REASONS),
        widget=UnfoldAdminSelectWidget,
    )
    note = forms.CharField(max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, member: AbstractBaseUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.most = member, most_that(member)

    def clean_tokens(self) -> int:
        tokens = int(self.cleaned_data["tokens"])
        if self.most is not None and tokens > self.most:
            raise forms.ValidationError(f"You can grant at most {self.most:,} tokens per customer at a time.")
        return tokens

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        file = cleaned.get("file")
        text = file.read().decode("utf-8", errors="replace") if file else cleaned.get("emails", "")
        cleaned["emails"] = emails = batches.read(text)
        if not emails:
            self.add_error("emails", "Enter at least one email address.")
        elif len(emails) > batches.LONGEST_LIST:
            self.add_error("emails", f"A list may have at most {batches.LONGEST_LIST:,} addresses.")
        elif own := batches.own_addresses(emails, self.member):
            self.add_error("emails", f"Your own address is on this list: {', '.join(own)}. Remove it and try again.")
        return cleaned


def batch_page(page: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST previews the list; the confirmation carries it whole, and starts just what was seen."""
    require_fresh_factor(request)
    member = staff_of(request)
    form = BatchForm(request.POST or None, request.FILES or None, member=member)
    preview = None
    seen = ""
    if form.is_valid():
        wanted = form.cleaned_data
        seen = fingerprint(wanted["emails"], wanted["tokens"], str(wanted["expires_at"]))
        if request.POST.get("_confirm") == seen:
            return _start(page, request, wanted)
        preview = batches.preview(wanted["emails"], tokens=wanted["tokens"], by=member)
        # A file cannot be sent back to the browser, so the confirmation sends its addresses.
        form.data = {**request.POST.dict(), "emails": "\n".join(wanted["emails"])}
    title = "Grant tokens to a list"
    context = {**page.admin_site.each_context(request), "title": title, "opts": page.opts, "form": form}
    return render(request, "admin/tokens/grant_list.html", {**context, "preview": preview, "seen": seen})


def _start(page: ModelAdmin[Any], request: HttpRequest, wanted: dict[str, Any]) -> HttpResponse:
    why = Why(staff_of(request), wanted["reason"], wanted["note"])

    def work() -> list[str]:
        batch = batches.start(
            wanted["emails"], tokens=wanted["tokens"], why=why, expires_at=wanted["expires_at"], key=wanted["key"]
        )
        is_waiting = batch.status == GrantBatch.Status.WAITING
        told = "Requested for a list" if is_waiting else "Granted to a list"
        page.log_addition(request, batch, f"{told}. Reason: {why.text}")
        return [page_of(batch), PENDING if is_waiting else STARTED]

    asked = fingerprint(wanted["emails"], wanted["tokens"], str(wanted["expires_at"]), why.text)
    answer = answer_form(request, f"list:{wanted['key']}", asked=asked, work=work, resent=SENT_BEFORE)
    address, told = answer or (reverse("admin:tokens_grantbatch_changelist"), "")
    if told:
        messages.success(request, told)
    return SeeOther(address)
