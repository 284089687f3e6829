"""What is done with many domains at once: mark them, or delete them after asking."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from brands import editing
from brands.models import Brand
from brands.models.brand import BrandQuerySet
from tokens.web.caller import user_id_of
from tokens.web.keyset import row_id
from tokens.web.redirects import SeeOther
from tokens.wording import counted

MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def many(request: HttpRequest) -> HttpResponse:
    """POST applies the pressed button (`act`) to the selected domains and leads back to the list."""
    chosen = ticked(request)
    if request.method != "POST" or not chosen:
        return nothing(request)
    match request.POST.get("act"):
        case "test" | "not_test" as act:
            count = len(editing.mark_test(chosen, is_test=act == "test"))
            now = "marked" if act == "test" else "no longer marked"
            messages.success(request, f"{counted(count, 'domain')} {now} as test.")
            shown = QueryDict(request.POST.get("shown", "")).urlencode()  # the filters of the list it was done in
            return SeeOther(reverse("brands:home") + (f"?{shown}" if shown else ""))
        case "delete":
            return render(request, "brands/delete.html", {"brands": list(chosen), "back": reverse("brands:home")})
    return nothing(request)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete_many(request: HttpRequest) -> HttpResponse:
    """POST deletes the selected domains, after the page that asks, and leads to the list."""
    chosen = ticked(request)
    if request.method != "POST" or not chosen:
        return nothing(request)
    count = editing.remove(user_id_of(request), [brand.pk for brand in chosen])
    messages.success(request, f"{counted(count, 'domain')} deleted.")
    return SeeOther(reverse("brands:home"))


def ticked(request: HttpRequest) -> BrandQuerySet:
    """Those brands of the user's whose boxes are ticked, by name; what is not the user's is left out."""
    ids = map(row_id, request.POST.getlist("ids")[:MOST])
    return (
        Brand.objects.of(user_id_of(request)).filter(pk__in=[pk for pk in ids if pk is not None]).order_by("name", "pk")
    )


def nothing(request: HttpRequest) -> HttpResponse:
    """Back to the list with the message to select a domain."""
    if request.method == "POST":
        messages.info(request, "Select at least one domain.")
        return SeeOther(reverse("brands:home"))
    return redirect("brands:home")  # someone came back here by way of the sign-in page
