"""What can go wrong with brands, named."""

from __future__ import annotations

from tokens.errors import TokenError


class BadDomain(TokenError):
    """What was given is no registrable domain; `str(error)` says why."""


class UnknownBrand(TokenError):
    """There is no such brand of this user's."""


class BadFile(TokenError):
    """A file that cannot be read as CSV of domains; nothing was kept."""


class BadChoice(TokenError):
    """A category, tier or type that does not exist; `str(error)` names those there are."""
