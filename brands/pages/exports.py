"""Making an export, and having its file again for a day."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from brands.choosing import choose
from brands.exports import export
from brands.exports.answer import answer_with
from brands.models import Export
from brands.pages.forms import ExportForm
from tokens.idempotency import answer_once, fingerprint
from tokens.transactions import money_transaction
from tokens.web.caller import user_id_of
from tokens.web.redirects import SeeOther
from tokens.wording import counted


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def exports(request: HttpRequest) -> HttpResponse:
    """Those of the last day, each with its file; or a new one."""
    if request.method == "POST":
        return _export(request)
    kept = Export.objects.filter(user=user_id_of(request), status=Export.Status.READY, expires_at__gt=timezone.now())
    rows = kept.select_related("usage").order_by("-created_at")[:100]
    return render(request, "brands/exports.html", {"exports": rows})


@require_safe
@login_required
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file of an export of the user's. 404 for another's, and once it has expired."""
    return answer_with(export.find(user_id_of(request), pk))


def _export(request: HttpRequest) -> HttpResponse:
    form = ExportForm(request.POST)
    if not form.is_valid():
        return render(request, "brands/export_again.html", {"form": form}, status=400)
    asked, user_id = dict(form.cleaned_data), user_id_of(request)
    key, format = asked.pop("form_key"), asked.pop("format")
    wanted = fingerprint(request.path, asked, format)
    named = money_transaction(answer_once)(
        user_id,
        f"form:{key}:{wanted[:16]}",  # a page that was kept may be sent again for something else
        request=wanted,
        work=lambda: str(export.begin(user_id, choose(**asked), format).pk),
    )
    messages.success(request, _told(export.finish(named.body)))
    return SeeOther(reverse("brands:exports"))


def _told(ready: export.Ready) -> str:
    if ready.is_from_before:
        return f"This is the file you exported at {time_format(ready.usage.created_at)} UTC; nothing was charged."
    count, spent, left = ready.export.brands, ready.usage.tokens_spent, ready.usage.balance_after
    price = counted(spent, "token")
    kept = counted(settings.EXPORT_HOURS, "hour")
    return f"{counted(count, 'domain')} exported for {price}; {left:,} left. You can download the file for {kept}."
