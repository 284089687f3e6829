"""Who may see the shop's figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]


def may_see_reports(request: HttpRequest) -> bool:
    """Whether this member of staff has the permission `tokens.see_reports`."""
    return request.user.has_perm("tokens.see_reports")


def report(view: View) -> View:
    """A page of the back office for those who may see reports; other staff get 403."""

    @wraps(view)
    def for_some(request: HttpRequest) -> HttpResponse:
        if not may_see_reports(request):
            raise PermissionDenied
        return view(request)

    return admin.site.admin_view(for_some)
