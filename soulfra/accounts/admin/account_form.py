"""The form that edits an account."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from unfold.forms import UserChangeForm


class AccountForm(UserChangeForm):
    """A username is checked when it changes: one that is older than the rules may stay beside whatever else changes."""

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()
        return excluded if "username" in self.changed_data else excluded | {"username"}

    def clean_username(self) -> str:
        """As when an account is created, no username may differ from another's by capital letters only."""
        username: str = self.cleaned_data["username"]
        others = self._meta.model.objects.exclude(pk=self.instance.pk).filter(username__iexact=username)
        if "username" in self.changed_data and others.exists():
            raise ValidationError(self.instance.unique_error_message(self._meta.model, ("username",)))
        return username
