"""Lines about requests that failed name the route: a path may hold what opens an account, as links in emails do."""

from __future__ import annotations

import logging

from django.http import HttpRequest


class RoutesForPaths(logging.Filter):
    """Puts the route in place of the path in what Django itself says of a request, and of its referer."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            # Here, since the log is set up before there are models.
            from soulfra.watching.requests import route_of

            path, route = request.path, route_of(request)
            record.args = tuple(_without(path, route, each) for each in record.args)
        return True


def _without(path: str, route: str, said: object) -> object:
    """A path as short as `/` is in every address, and opens nothing."""
    return said.replace(path, route) if isinstance(said, str) and len(path) > 1 else said
