"""What the usage page can be asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import ApiKey
from tokens.catalog import Catalog
from tokens.models import UsageTotal
from tokens.reports.usage_over_time import Asked

STEPS = {"day": "Day", "week": "Week", "month": "Month"}
USUAL_DAYS = 30
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


def _date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class UsageForm(forms.Form):
    """Days from `first` to `last`, both included; how the chart adds them up; an action; an API key."""

    first = forms.DateField(label="From", required=False, widget=_date_input())
    last = forms.DateField(label="To", required=False, widget=_date_input())
    by = forms.ChoiceField(label="By", required=False, choices=list(STEPS.items()))
    action = forms.ChoiceField(required=False)
    key = forms.ChoiceField(label="API key", required=False)

    def __init__(self, *args: Any, user_id: int, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = UsageTotal.objects.filter(user=user_id).values_list("action", flat=True)
        actions = dict.fromkeys([*catalog.costs, *used])
        mine = ApiKey.objects.filter(user=user_id).order_by("-pk")
        keys = [(str(key.pk), f"{key.name} ({key.prefix}…)") for key in mine]
        self.set_choices("action", [("", "All"), *((key, catalog.label(key)) for key in actions)])
        self.set_choices("key", [("", "All"), ("0", "Without a key"), *keys])

    def set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        """What a select offers."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and not EARLIEST <= day <= LATEST:
                self.add_error(name, "Enter a date from 2000 to 2099.")
        if first and last and last < first:
            self.add_error("last", "Choose a date on or after “From”.")
        return self.cleaned_data

    @property
    def days(self) -> tuple[date, date]:
        """The first and last day of the chart: the last thirty days unless something else is asked for."""
        asked = self.cleaned_data if self.is_valid() else {}
        today = timezone.now().astimezone(UTC).date()
        last = asked.get("last") or max(today, asked.get("first") or today)
        return asked.get("first") or last - timedelta(days=USUAL_DAYS - 1), last

    @property
    def charted(self) -> Asked:
        """What the chart and its tables are of."""
        first, last = self.days
        return self._asked(first, last)

    @property
    def listed(self) -> Asked:
        """What the list of spends is of: without days, all of them."""
        asked = self.cleaned_data if self.is_valid() else {}
        return self._asked(asked.get("first"), asked.get("last"))

    @property
    def narrows(self) -> bool:
        """Whether the list of spends leaves any out for a filter."""
        return self.listed != Asked()

    @property
    def step(self) -> str:
        return (self.cleaned_data.get("by") if self.is_valid() else "") or "day"

    def _asked(self, first: date | None, last: date | None) -> Asked:
        asked = self.cleaned_data if self.is_valid() else {}
        key = asked.get("key") or None
        return Asked(
            since=datetime.combine(first, time(), UTC) if first else None,
            until=datetime.combine(last + timedelta(days=1), time(), UTC) if last else None,
            action=asked.get("action") or None,
            key=None if key is None else int(key),
        )
