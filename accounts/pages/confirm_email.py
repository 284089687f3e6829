"""The page behind the link in a confirmation email."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.account.views import ConfirmEmailView
from django.http import HttpRequest, HttpResponseBase


class ConfirmEmail(ConfirmEmailView):
    """The first address of an account is confirmed by following the link; a further one by its owner, who confirms
    access: it opens the account from then on.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = get_emailconfirmation_model().from_key(kwargs["key"])
        if found and _is_a_further_one(found.email_address):
            is_others = request.user.is_authenticated and request.user.pk != found.email_address.user_id
            if is_others and request.method == "POST":
                self.logout()
            if not is_others or request.method == "POST":
                raise_if_reauthentication_required(request, app="accounts")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def logout_other_user(self, confirmation: Any) -> None:
        """By GET, a link would sign out whoever it was sent to."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)


def _is_a_further_one(address: EmailAddress) -> bool:
    verified = EmailAddress.objects.filter(user=address.user_id, verified=True)
    return not address.verified and bool(verified.exists())
