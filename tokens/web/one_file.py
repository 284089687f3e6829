"""A form that takes one file: of two, either might be meant."""

from __future__ import annotations

from typing import Any

from django import forms


class OneFileForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        if sum(len(files) for _, files in self.files.lists()) > 1:
            raise forms.ValidationError("Choose one CSV file: several were sent, and nothing was done with any.")
        return super().clean() or self.cleaned_data
