"""The page that takes a CSV file, chosen or pasted, and files it to be quoted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from brands.bulk_import.quote import csv_price
from brands.bulk_import.rows import MOST_ROWS, judge_file
from brands.bulk_import.start import save
from brands.bulk_import.text import read_stream
from brands.details import FIELDS
from brands.errors import BadFile
from brands.models import CsvImport
from tokens.web import limits
from tokens.web.caller import user_id_of
from tokens.web.one_file import OneFileForm
from tokens.web.redirects import SeeOther

LATEST = 5


class CsvForm(OneFileForm):
    file = forms.FileField(required=False, label="A CSV file", allow_empty_file=True)
    text = forms.CharField(
        required=False,
        label="Or paste its text",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "placeholder": "name,domain,category"}),
    )

    def clean(self) -> dict[str, Any]:
        """What was sent as `judged` and `filename`, once each row has been judged."""
        sent = super().clean()
        file, text = sent.get("file"), sent.get("text") or ""
        if not file and not text.strip():
            raise ValidationError("Choose a CSV file, or paste its text.")
        try:
            data = read_stream(file) if file else text.encode("utf-8", errors="replace")
            judged = judge_file(data)
        except BadFile as error:
            raise ValidationError(str(error)) from error
        return {"judged": judged, "filename": file.name if file else ""}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """POST previews a CSV file or pasted text and leads to the preview; 400 with the form for an unreadable one."""
    if request.method == "POST":
        limits.count(request, limits.UPLOADS)
    form = CsvForm(request.POST, request.FILES) if request.method == "POST" else CsvForm()
    if form.is_valid():
        saved = save(user_id_of(request), form.cleaned_data["judged"], filename=form.cleaned_data["filename"])
        return SeeOther(reverse("brands:csv_import", args=[saved.pk]))
    begun = CsvImport.objects.of(user_id_of(request)).exclude(status=CsvImport.Status.QUOTED).defer("content")
    context = {
        "form": form,
        "price": csv_price(),
        "most_rows": MOST_ROWS,
        "most_pasted": filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        "columns": FIELDS,
        "latest": begun.order_by("-created_at")[:LATEST],
    }
    return render(request, "brands/csv.html", context, status=400 if form.errors else 200)
