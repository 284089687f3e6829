"""The forms of the domain pages. What may be said is checked by the domain, here as in the API."""

from __future__ import annotations

from typing import Any

from django import forms

from brands.details import FIELDS, LONGEST, TEXTS
from brands.errors import BadDomain
from brands.models import Brand, Category, Export
from brands.names import parse_domain

SORTS = {"newest": "Newest first", "oldest": "Oldest first", "name": "By name", "domain": "By domain"}
IS_TEST = [("", "All"), ("false", "Without test domains"), ("true", "Only test domains")]

# Of the texts that may be longer than a line.
ROWS = {"purpose": 2, "strategy": 3}


def category_choices(empty: str) -> list[tuple[str, str]]:
    """Choices for a select: `empty` is the label of no category, then each category's key and name."""
    return [("", empty), *Category.objects.values_list("key", "name")]


class DetailsForm(forms.Form):
    """The details of a brand besides its domain."""

    name = forms.CharField(required=False, max_length=LONGEST["name"])
    category = forms.ChoiceField(required=False)
    tier = forms.ChoiceField(
        choices=Brand.Tier.choices, initial=Brand.Tier.FOUNDATION, help_text="Sorts your domains; changes no price."
    )
    brand_type = forms.ChoiceField(label="Type", required=False, choices=[("", "None"), *Brand.Type.choices])
    is_test = forms.BooleanField(label="Test domain", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = category_choices("None")  # type: ignore[attr-defined]
        for name in TEXTS:
            widget = forms.Textarea(attrs={"rows": ROWS[name]}) if name in ROWS else None
            self.fields[name] = forms.CharField(required=False, max_length=LONGEST[name], widget=widget)
        self.order_fields(["domain", "name", "emoji", *FIELDS])


class EditForm(DetailsForm):
    name = forms.CharField(max_length=LONGEST["name"])


class AddForm(DetailsForm):
    """One domain; everything else may be left for later."""

    domain = forms.CharField(
        max_length=2000,
        widget=forms.TextInput(
            attrs={"placeholder": "example.com", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        ),
    )

    def clean_domain(self) -> str:
        given: str = self.cleaned_data["domain"]
        try:
            parse_domain(given)
        except BadDomain as error:
            raise forms.ValidationError(str(error)) from error
        return given

    @property
    def details(self) -> list[forms.BoundField]:
        """The fields that may be left for later."""
        return [field for field in self if field.name != "domain"]

    @property
    def has_details(self) -> bool:
        """Whether some of them were filled in, or refused, so that they must be seen."""
        given = [name for name in self.changed_data if name != "domain"] if self.is_bound else []
        return bool(given or set(self.errors) - {"domain"})


class FilterForm(forms.Form):
    """The filters of the list, shown as they are; `brands.choosing` checks them."""

    q = forms.CharField(label="Search", required=False, max_length=200, widget=forms.SearchInput)
    tier = forms.ChoiceField(required=False, choices=[("", "All"), *Brand.Tier.choices])
    category = forms.ChoiceField(required=False)
    type = forms.ChoiceField(required=False, choices=[("", "All"), *Brand.Type.choices])
    is_test = forms.ChoiceField(label="Test domains", required=False, choices=IS_TEST)
    sort = forms.ChoiceField(label="Order", required=False, choices=list(SORTS.items()))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "filter_%s", **kwargs})
        self.fields["category"].choices = category_choices("All")  # type: ignore[attr-defined]

    @property
    def rest(self) -> list[forms.BoundField]:
        """Everything besides the search."""
        return [field for field in self if field.name != "q"]

    @property
    def is_narrowed(self) -> bool:
        """Whether any of the rest is set, so that it must be seen."""
        return any(self.data.get(field.name) for field in self.rest)


class ExportForm(forms.Form):
    """What to export. `form_key` makes a form that is sent twice cost once."""

    tier = forms.ChoiceField(required=False, choices=[("", "All"), *Brand.Tier.choices])
    category = forms.ChoiceField(required=False)
    type = forms.ChoiceField(required=False, choices=[("", "All"), *Brand.Type.choices])
    is_test = forms.ChoiceField(label="Test domains", required=False, choices=IS_TEST)
    format = forms.ChoiceField(choices=[("csv", "CSV, for spreadsheets"), ("json", "JSON")], initial=Export.Format.CSV)
    form_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "export_%s", **kwargs})
        self.fields["category"].choices = category_choices("All")  # type: ignore[attr-defined]
