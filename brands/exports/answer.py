"""An export as an HTTP answer: the file, sent piece by piece out of the storage, and what it cost."""

from __future__ import annotations

from django.http import FileResponse

from brands.exports.export import Ready, open_file
from brands.exports.files import CONTENT_TYPES
from brands.models import Export


def answer_with(ready: Ready) -> FileResponse:
    """The export's file, with the headers `X-Tokens-Spent` and `X-Token-Balance`. Raises as `open_file`."""
    answer = FileResponse(
        open_file(ready),
        as_attachment=True,
        filename=ready.filename,
        content_type=CONTENT_TYPES[Export.Format(ready.export.format)],
    )
    answer["X-Tokens-Spent"] = str(ready.usage.tokens_spent)
    answer["X-Token-Balance"] = str(ready.usage.balance_after)
    answer["Cache-Control"] = "private, no-store"
    return answer
