"""The sections of the account page. Each app registers its own, so this one knows nothing of those above it.

A section shows what is so now, and leads to where it is changed or has the form itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest

# Takes the signed-in request and returns what the section's template needs.
Context = Callable[[Any], dict[str, Any]]
Shows = TypeVar("Shows", bound=Context)


@dataclass(frozen=True)
class Section:
    """`anchor` is its address on the page; sections stand in the order of `position`."""

    anchor: str
    title: str
    position: int
    template: str
    context: Context


_sections: dict[str, Section] = {}


def section(anchor: str, *, title: str, position: int, template: str) -> Callable[[Shows], Shows]:
    """Register the function that looks up what a section shows. Raises ValueError for an anchor that is taken."""

    def register(context: Shows) -> Shows:
        if anchor in _sections:
            raise ValueError(f"The section {anchor} of the account page is registered twice.")
        _sections[anchor] = Section(anchor, title, position, template, context)
        return context

    return register


def shown(request: HttpRequest) -> list[tuple[Section, dict[str, Any]]]:
    """Every section with what it shows to the signed-in user, in the order of the page."""
    in_order = sorted(_sections.values(), key=lambda each: each.position)
    return [(each, each.context(request)) for each in in_order]
