import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordKeyForm, SignupForm
from allauth.core import context
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from accounts import api_keys, key_rotation
from accounts.factors.forms import AlsoAsksForCode
from accounts.models import ApiKey, User
from accounts.scopes import USUAL, Scope, stored
from accounts.sign_in import security_notices


def new_form_key() -> str:
    """A random key for a form (32 characters), by which a form that is sent twice acts once."""
    return secrets.token_urlsafe(24)


def _cap(label: str, begins: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=f"Leave empty for no cap. {begins}",
        required=False,
        min_value=0,
        max_value=api_keys.MOST_CAP,
        error_messages={"max_value": f"Enter a number up to {api_keys.MOST_CAP:,}.", "min_value": "Enter 0 or more."},
    )


class CapsForm(forms.Form):
    """How many tokens a key may spend."""

    day_cap = _cap("Tokens per day", "Days begin at 00:00 UTC.")
    month_cap = _cap("Tokens per month", "Months begin on the 1st, 00:00 UTC.")

    def caps(self) -> api_keys.Caps:
        """The caps, once the form is valid."""
        return api_keys.Caps(self.cleaned_data["day_cap"], self.cleaned_data["month_cap"])


class NewApiKeyForm(CapsForm):
    """What a key is for, may do and spend, and how long it lives; `form_key` makes a form sent twice make one key."""

    field_order = ("name", "scopes", "day_cap", "month_cap")
    LIFETIMES = [("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In one year")]

    name = forms.CharField(
        max_length=100,
        help_text="What the key is for, so you can recognize it later.",
        widget=forms.TextInput(attrs={"placeholder": "Nightly import", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, f"{scope.label} ({scope.value})") for scope in Scope],
        initial=USUAL.split(),
        label="What the key may do",
        help_text="Allow only what its program needs. A key's scopes can't be changed later.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one thing that the key may do."},
    )
    expires_in_days = forms.ChoiceField(choices=LIFETIMES, required=False, initial="365", label="Expires")
    note = forms.CharField(
        max_length=500,
        required=False,
        label="Note (optional)",
        help_text="Where it is stored, or who uses it. Not the key itself.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    form_key = forms.CharField(max_length=64, required=False, initial=new_form_key, widget=forms.HiddenInput)

    def clean_scopes(self) -> str:
        return stored(self.cleaned_data["scopes"])

    def expires_at(self) -> datetime | None:
        """When the new key ends; None for never."""
        days = self.cleaned_data["expires_in_days"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class RotateKeyForm(forms.Form):
    """How long a key that is replaced works on."""

    WORKS_ON = {
        "now": ("Stop it now", key_rotation.NOW),
        "hour": ("For 1 more hour", key_rotation.HOUR),
        "day": ("For 1 more day", key_rotation.DAY),
        "week": ("For 7 more days", key_rotation.WEEK),
    }

    works_on = forms.ChoiceField(
        choices=[(word, label) for word, (label, _) in WORKS_ON.items()],
        initial="day",
        label="How long the old key still works",
        help_text="Long enough for every program to get the new key. “Stop it now” if the old key leaked.",
        widget=forms.RadioSelect,
    )
    form_key = forms.CharField(max_length=64, initial=new_form_key, widget=forms.HiddenInput)

    def clean_works_on(self) -> timedelta:
        return self.WORKS_ON[self.cleaned_data["works_on"]][1]


class ProfileForm(forms.ModelForm):
    """What a customer may be called by; a username stays, because emails and the audit log name it."""

    class Meta:
        model = User
        fields = ("first_name", "last_name")
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }


class SentenceCase(forms.BaseForm):
    """allauth writes its labels in title case, and each again as a placeholder; the rest of the shop does neither."""

    LABELS = {
        "remember": "Remember me",
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password (again)",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.LABELS.keys() & self.fields.keys():
            self.fields[name].label = self.LABELS[name]
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignUpForm(SignupForm):
    """Where the shop has terms, whoever signs up accepts them; when is kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.TERMS_URL:
            self.fields["terms"] = forms.BooleanField(
                label=_acceptance(), error_messages={"required": "Accept the terms to create an account."}
            )

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        if self.cleaned_data.get("terms"):
            user.terms_accepted_at = timezone.now()
            user.save(update_fields=["terms_accepted_at"])
        return user


def _acceptance() -> str:
    terms = format_html('I accept the <a href="{}">terms</a>', settings.TERMS_URL)
    if not settings.PRIVACY_URL:
        return terms
    return format_html('{} and have read the <a href="{}">privacy policy</a>', terms, settings.PRIVACY_URL)


class SignInForm(SentenceCase, LoginForm):
    pass


class NewPasswordForm(SentenceCase, AlsoAsksForCode, ChangePasswordForm):
    pass


class ForgottenPasswordForm(SentenceCase, ResetPasswordKeyForm):
    """Whoever resets a password may be taking an account back, so they see which keys open it."""

    @property
    def api_keys(self) -> list[ApiKey]:
        return list(ApiKey.objects.for_user(self.user.pk).active().newest_first())

    @transaction.atomic
    def save(self) -> None:
        super().save()
        ip = security_notices.ip_of(context.request)
        for key in api_keys.revoke_made_unverified(self.user):
            security_notices.tell(self.user, "api_key_revoked", at=key.revoked_at, ip=ip, prefix=key.prefix)
