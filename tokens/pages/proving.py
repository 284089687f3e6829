"""A change that needs a password only where more may be spent than before; its form and the proof are on one page."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core import ratelimit
from django import forms
from django.http.response import HttpResponseBase

from accounts.factors.forms import ConfirmAccessForm
from accounts.pages.api_keys import SignedInRequest
from tokens.errors import PasswordNeeded


def proof_form(request: SignedInRequest) -> ConfirmAccessForm:
    """The fields of the proof."""
    form = ConfirmAccessForm(user=request.user)
    form.use_required_attribute = False  # only a limit that is raised wants it
    return form


def save_with_proof(
    request: SignedInRequest,
    form: forms.Form,
    proof: ConfirmAccessForm,
    *,
    save: Callable[[bool], None],
    saved: Callable[[], HttpResponseBase],
    what: str,
) -> HttpResponseBase | None:
    """What `saved` answers; None where the page is shown again, with what is wrong.

    `save` is told whether the customer proved who they are, and raises PasswordNeeded where that is missing.
    """
    try:
        save(False)
    except PasswordNeeded:
        if not request.POST.get("password"):
            form.add_error(None, f"Enter your password to raise or remove {what}.")
            return None
        if too_often := ratelimit.consume_or_429(request, action="reauthenticate", user=request.user):
            return too_often
        proof.data, proof.is_bound = request.POST, True
        if not proof.is_valid():
            return None
        save(True)
    return saved()
