"""Redirects after a form: the next page is fetched with GET, whatever the method was."""

from __future__ import annotations

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: whatever the method was, fetch the next page with GET."""

    status_code = 303
