"""The forms that ask for a code: at sign-in, beside the password to confirm access, and when an app is set up."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.forms import ReauthenticateForm as AskForPassword
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from cryptography.fernet import InvalidToken
from django import forms

from accounts.factors import codes
from accounts.factors.proof import has_factor
from accounts.sign_in import sessions

log = logging.getLogger(__name__)


class UsesCodeOnce(forms.Form):
    """For allauth's forms that check a code."""

    authenticator: Authenticator

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # allauth's
        except InvalidToken as error:
            log.exception("No key in MFA_ENCRYPTION_KEYS opens a two-factor secret.")
            raise forms.ValidationError("Codes can't be checked right now. Contact support.") from error
        if self.authenticator.type == Authenticator.Type.TOTP and not codes.use(self.authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class SignInCodeForm(UsesCodeOnce, AuthenticateForm):
    pass


class CodeAgainForm(UsesCodeOnce, ReauthenticateForm):
    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)  # type: ignore[call-arg]  # allauth's, after the mixin


class AlsoAsksForCode(forms.Form):
    """For a form that asks for the password: where the account has a second factor, a code belongs to it.

    The code is taken when everything else is right, so that a slip in the password wastes none.
    """

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_factor(self.user):
            self.fields["code"] = forms.CharField(
                help_text="From your authenticator app, or one of your recovery codes.",
                widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
            )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if "code" in self.fields and not self.errors:
            proof = CodeAgainForm(user=self.user, data={"code": self.cleaned_data["code"]})
            if proof.is_valid():
                proof.save()
            else:
                self.add_error("code", proof.errors["code"].as_data())
        return cleaned


class ConfirmAccessForm(AlsoAsksForCode, AskForPassword):
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.errors:
            log.warning("User %s did not confirm access.", self.user.pk)
        else:
            sessions.renew(context.request)
        return cleaned


class SetUpForm(ActivateTOTPForm):
    """The code that proves the new app is used up by it, as any other."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        self.user.set_up_with = codes.counter_of(self.secret, code)
        return code
