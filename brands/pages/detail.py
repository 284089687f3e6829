"""One domain: its details, what an analysis found, and how to remove it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from brands import editing
from brands.details import FIELDS
from brands.models import Brand
from brands.pages import shortage
from brands.pages.analysis_panel import panel_of
from brands.pages.forms import EditForm
from tokens.ledger.wallet import read_wallet
from tokens.web.caller import user_id_of
from tokens.web.redirects import SeeOther


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One domain of the user's; POST saves its details. 404 for another's, 400 with the form for bad input."""
    brand = editing.find(user_id_of(request), pk)
    if request.method != "POST":
        return _show(request, brand, EditForm(initial=_said_of(brand)))
    form = EditForm(request.POST)
    if not form.is_valid():
        return _show(request, brand, form, status=400)
    editing.edit(brand, form.cleaned_data)
    messages.success(request, "Changes saved.")
    return SeeOther(reverse("brands:detail", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST deletes the domain and leads to the list. 404 for another's."""
    brand = editing.find(user_id_of(request), pk)
    if request.method != "POST":
        return render(request, "brands/delete.html", {"brands": [brand], "back": reverse("brands:detail", args=[pk])})
    editing.remove(brand.owner_id, [pk])
    messages.success(request, f"{brand.domain_shown} deleted.")
    return SeeOther(reverse("brands:home"))


def _show(request: HttpRequest, brand: Brand, form: EditForm, *, status: int = 200) -> HttpResponse:
    panel = panel_of(brand)
    context = {
        "brand": brand,
        "form": form,
        "panel": panel,
        "short_of_analysis": shortage.of_price(panel.price, read_wallet(brand.owner_id)),
    }
    return render(request, "brands/detail.html", context, status=status)


def _said_of(brand: Brand) -> dict[str, object]:
    return {field: brand.category_id if field == "category" else getattr(brand, field) for field in FIELDS}
