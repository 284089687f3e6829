"""What can go wrong with brands, named."""

from __future__ import annotations

from django.conf import settings

from tokens.errors import TokenError
from tokens.wording import counted


class BadDomain(TokenError):
    """What was given is no registrable domain; `str(error)` says why."""

    status, title = 400, "Invalid domain"


class UnknownBrand(TokenError):
    """There is no such brand of this user's."""

    status, title = 404, "Unknown domain"


class BadFile(TokenError):
    """A file that can't be read as CSV of domains; nothing was saved."""

    status, title = 400, "Invalid file"


class FileTooLarge(BadFile):
    """More bytes or rows than one file may have; what is beyond the limit was not read."""

    status, title = 413, "File too large"


class BadChoice(TokenError):
    """A category, tier or type that does not exist; `str(error)` names those there are."""

    status, title = 400, "Invalid choice"


class NothingSuggested(TokenError):
    """There is no analysis of the brand that suggests this."""

    status, title = 409, "Nothing suggested"


class UnknownAnalysis(TokenError):
    """There is no such analysis of this brand."""

    status, title = 404, "Unknown analysis"


class NothingToExport(TokenError):
    """No brand fits the filters; nothing was charged."""

    status, title = 400, "Nothing to export"
    sentence = "No domains match, so nothing was exported or charged."


class ExportGone(TokenError):
    """The file was deleted for its age, or never was this user's."""

    status, title = 404, "Export expired"
    sentence = f"This export has expired; files are kept for {counted(settings.EXPORT_HOURS, 'hour')}. Export again."


class ExportLost(TokenError):
    """The storage doesn't have the file any more; what it cost was given back."""

    status, title = 410, "File lost"
    sentence = "The file of this export was lost. You got its tokens back; export again."


class StorageAway(TokenError):
    """The storage of exports isn't there, as when a share is not mounted; the log says so."""

    status, title, retry_after = 503, "Storage unavailable", 60
    sentence = "Files of exports can't be reached right now; nothing was charged. Try again in a few minutes."


class UnknownImport(TokenError):
    """There is no such import of this user's."""

    status, title = 404, "Unknown import"
