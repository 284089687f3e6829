"""Rows chosen in a list of the back office: what cannot be the id of a row chooses none, and a sentence says so.

Django hands the ids to the database as they were sent, whose complaint would be a fault of the server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

SEE_OTHER = 303


class SelectedRows:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        page = getattr(view, "model_admin", None)
        if page is None or request.method != "POST":
            return None
        if all(_may_be(text, page.opts.pk) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return None
        messages.warning(request, "Some of the selected rows don't exist, so nothing was changed. Select them again.")
        return HttpResponseRedirect(request.get_full_path(), status=SEE_OTHER)


def _may_be(text: str, pk: Field[Any, Any]) -> bool:
    """Whether it may be the primary key of a row: of its type, in its range, and without what no database keeps."""
    try:
        pk.clean(text, None)
    except ValidationError:
        return False
    return "\x00" not in text
