"""Ids that a list or a form of the back office is sent: what cannot be one chooses no row, and a sentence says so.

Django hands them to the database as they were sent, whose complaint would be a fault of the server.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from tokens.web.redirects import SeeOther


class SelectedRows(MiddlewareMixin):
    """Of a list, for what is done with the rows selected in it."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        page = getattr(view, "model_admin", None)
        if page is None or request.method != "POST":
            return None
        if all(_may_be(text, page.model) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return None
        messages.warning(request, "Some of the selected rows don't exist, so nothing was changed. Select them again.")
        return SeeOther(request.get_full_path())


class ManyRows:
    """Of a form, for a page of the back office with fields of several rows."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{"form_class": _ManyRowsField, **kwargs})  # type: ignore[misc]  # a mixin


class _ManyRowsField(ModelMultipleChoiceField):
    def clean(self, value: Any) -> Any:
        rows: Any = self.queryset
        odd = next((text for text in value or [] if not _may_be(text, rows.model)), None)
        if odd is not None:
            raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": odd})
        return super().clean(value)


def _may_be(text: str, model: Any) -> bool:
    """Whether it may be the primary key of a row: of its type, in its range, and without what no database keeps."""
    try:
        model._meta.pk.clean(text, None)
    except ValidationError:
        return False
    return "\x00" not in text
