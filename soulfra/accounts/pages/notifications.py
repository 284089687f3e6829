"""The notifications page: which mails the shop sends, and a switch for those one can do without."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from soulfra.accounts.pages.api_keys import SignedInRequest
from soulfra.accounts.pages.forms import NotificationsForm
from tokens import mail


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: SignedInRequest) -> HttpResponse:
    """Every kind of mail, and the form of the signed-in user's choice."""
    kinds = mail.kinds()
    if request.method == "POST":
        mail.choose(request.user.pk, wanted=[kind.key for kind in kinds if kind.key in request.POST])
        messages.success(request, "Your choice is saved.")
        return HttpResponseRedirect(reverse("accounts:notifications"), status=303)
    form = NotificationsForm(kinds=kinds, muted=mail.muted_kinds(request.user.pk))
    always = [kind for kind in kinds if not kind.may_be_muted]
    return render(request, "accounts/notifications.html", {"form": form, "always": always})
