"""A button beside Save: the packs as customers would see them with what the form says, and nothing is kept."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from tokens.catalog import get_catalog
from tokens.pages.home import card_of


class PreviewMixin:
    """For the pages of what the token page is made from."""

    change_form_outer_after_template = "tokens/admin/_preview_button.html"

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
        return _shown(request, form)


def _shown(request: HttpRequest, form: Any) -> HttpResponse:
    """The very page that customers would get: the change is made, the packs are read, and the change is taken back."""
    with transaction.atomic():
        if form.is_valid():
            form.save()
        catalog = get_catalog()
        context = {
            "packages": [card_of(package, catalog) for package in catalog.packages.values()],
            "costs": list(catalog.costs.values()),
            "form": form,
            "is_preview": True,
        }
        answer = render(request, "tokens/admin/preview.html", context)
        transaction.set_rollback(True)
    return answer
