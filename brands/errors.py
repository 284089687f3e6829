"""What can go wrong with brands, named."""

from __future__ import annotations

from tokens.errors import TokenError


class BadDomain(TokenError):
    """What was given is no registrable domain; `str(error)` says why."""


class UnknownBrand(TokenError):
    """There is no such brand of this user's."""


class BadFile(TokenError):
    """A file that cannot be read as CSV of domains; nothing was kept."""


class FileTooLarge(BadFile):
    """More bytes or rows than one file may have; what is beyond the limit was not read."""


class BadChoice(TokenError):
    """A category, tier or type that does not exist; `str(error)` names those there are."""


class NothingSuggested(TokenError):
    """There is no analysis of the brand that suggests this."""


class UnknownAnalysis(TokenError):
    """There is no such analysis of this brand."""


class NothingToExport(TokenError):
    """No brand fits the filters; nothing was charged."""

    def __init__(self) -> None:
        super().__init__("No domains match, so nothing was exported or charged.")


class ExportGone(TokenError):
    """The file was deleted a day after it was made, or never was this user's."""

    def __init__(self) -> None:
        super().__init__("This export has expired; files are kept for 24 hours. Export again.")


class UnknownImport(TokenError):
    """There is no such import of this user's."""
