"""Fields of a page of the back office that only those see who need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest


class ConfidentialFields:
    """A mixin of a page with `fields`. `confidential` names the permission that each of some fields needs."""

    confidential: Mapping[str, str] = {}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields: list[Any] = super().get_fields(request, obj)  # type: ignore[misc]  # a mixin
        hidden = {name for name, needs in self.confidential.items() if not request.user.has_perm(needs)}
        return [name for name in fields if name not in hidden]
