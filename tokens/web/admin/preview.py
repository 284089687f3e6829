"""A button beside Save: the public page as it would be with the form's values; nothing is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST


class PreviewMixin:
    """For the page of a setting that customers see; `preview_of` names what is previewed, such as "the packs"."""

    change_form_outer_after_template = "admin/tokens/_preview_button.html"
    preview_of = ""
    preview_template = ""

    def public_page(self) -> dict[str, Any]:
        """What the public page shows, read from the database as it is now."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        page: Any = self
        name = f"{page.opts.app_label}_{page.opts.model_name}_preview"
        view = page.admin_site.admin_view(require_POST(self.preview))
        addresses = [path("add/preview/", view, name=name), path("<path:object_id>/change/preview/", view, name=name)]
        return [*addresses, *super().get_urls()]  # type: ignore[misc]

    def preview(self, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
        page: Any = self
        row = page.get_object(request, unquote(object_id)) if object_id else None
        if object_id and row is None:
            raise Http404
        if not (page.has_change_permission(request, row) if row else page.has_add_permission(request)):
            raise PermissionDenied
        form = page.get_form(request, row, change=row is not None)(request.POST, instance=row)
        with as_if_saved(form):
            context = {**self.public_page(), "form": form, "preview_of": self.preview_of, "is_preview": True}
            return render(request, self.preview_template, context)


@contextmanager
def as_if_saved(form: Any) -> Iterator[None]:
    """Within, a valid form is saved, so that everything reads as customers would; then all of it is taken back."""
    with transaction.atomic():
        if form.is_valid():
            form.save()
        yield
        transaction.set_rollback(True)
