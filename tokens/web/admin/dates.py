"""Dates of the back office: the shop's named formats, a form's last day that counts, and lists filtered in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest
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


class MomentFilter(admin.DateFieldListFilter):
    """The filter of every list by a moment: a date in an address that names no time zone is in UTC."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        for name in {self.lookup_kwarg_since, self.lookup_kwarg_until} & self.used_parameters.keys():
            texts: Any = self.used_parameters[name]
            try:
                self.used_parameters[name] = [_in_utc(self.field.to_python(text)) for text in texts]
            except ValidationError as error:
                raise IncorrectLookupParameters(error) from error
        return super().queryset(request, queryset)


def _in_utc(found: datetime | None) -> datetime | None:
    return found.replace(tzinfo=UTC) if found and timezone.is_naive(found) else found


admin.FieldListFilter.register(lambda field: isinstance(field, DateTimeField), MomentFilter, take_priority=True)
