from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from brands.importing import ALREADY_YOURS, Imported, import_domain
from brands.pages.forms import AddForm
from brands.pages.home import show
from tokens.web.caller import user_id_of
from tokens.web.redirects import SeeOther, sent_from
from tokens.wording import counted

PAID = {
    "tokens": "{spent} spent, {balance:,} left.",
    "membership": "Your membership paid for it.",
    "free": "The free plan paid for it.",
}


@sent_from("brands:home")
def add(request: HttpRequest) -> HttpResponse:
    """POST adds a domain and leads to its page; 400 with the form for bad input, 402 when nothing pays for it."""
    form = AddForm(request.POST)
    if not form.is_valid():
        return show(request, form, status=400)
    details = dict(form.cleaned_data)
    found = import_domain(user_id_of(request), details.pop("domain"), details=details)
    messages.success(request, _told(found))
    return SeeOther(reverse("brands:detail", args=[found.brand.pk]))


def _told(found: Imported) -> str:
    domain = found.brand.domain_shown
    if found.paid_by == ALREADY_YOURS:
        return " ".join([f"You already have {domain}; nothing was charged.", *found.notes])
    paid = PAID[found.paid_by].format(spent=counted(found.tokens_spent, "token"), balance=found.balance)
    return " ".join([f"{domain} added. {paid}", *found.notes])
