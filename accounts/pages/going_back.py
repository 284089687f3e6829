"""Where a form leads when it stands on more than one page: back to the one that it was sent from."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, default: str) -> str:
    """The address that the form names as `next`, if it is one of this site; else `default`, the name of a page."""
    url = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_here else resolve_url(default)
