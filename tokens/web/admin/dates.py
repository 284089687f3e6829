"""Dates of the back office: shown in the shop's named formats; a form asks for the last day that counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from unfold.widgets import UnfoldAdminTextInputWidget


def day(at: datetime | None, empty: str = "-") -> str:
    return date_format(at, "DATE_FORMAT") if at else empty


def moment(at: datetime | None) -> str:
    return date_format(at, "DATETIME_FORMAT") if at else "-"


class LastDayField(forms.DateField):
    """Cleans to the last second of a day (UTC) that isn't over; to None for an empty field that may be empty."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
        super().__init__(**{"label": "Expires on", "widget": widget, **options})

    def clean(self, value: Any) -> datetime | None:
        chosen: date | None = super().clean(value)
        if chosen is None:
            return None
        until = datetime.combine(chosen, time(23, 59, 59), UTC)
        if until <= timezone.now():
            raise forms.ValidationError("Choose today or a later date.")
        return until
