"""Where a page of a statement ended, as addresses say it: signed, so that no other text passes for one."""

from __future__ import annotations

from django.core.signing import BadSignature, Signer

from tokens.errors import NoSuchPage
from tokens.reports.statement.positions import Position
from tokens.reports.statement.read import Mark

_SIGNER = Signer(sep=".", salt="cursor of statement")


def text_of(mark: Mark) -> str:
    """The text that stands for a mark."""
    return _SIGNER.sign("-".join(str(number) for number in (*mark.place, *mark.end)))


def mark_of(text: str) -> Mark:
    """The mark that a text stands for. Raises NoSuchPage."""
    try:
        numbers = [int(number) for number in _SIGNER.unsign(text).split("-")]
    except BadSignature:
        raise NoSuchPage from None
    return Mark(Position(*numbers[:3]), Position(*numbers[3:]))
