"""Searches of the back office find a domain as people write it too: bücher.de for xn--bcher-kva.de."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from brands.idn import to_ascii_or_none
from tokens.web.admin.searching import ExactSearch


class DomainSearch(ExactSearch):
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        in_ascii = None if search_term.isascii() else to_ascii_or_none(search_term.strip())
        if in_ascii:
            found |= super().get_search_results(request, queryset, in_ascii)[0]
        return found, may_repeat
