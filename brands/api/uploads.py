"""A CSV file as API clients send it: as the body itself, or as the part `file` of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.parsers import BaseParser

from brands.bulk_import.text import read_stream

SEND_FILE = "Send the CSV file as the form field “file”, or as the body with Content-Type text/csv."


@dataclass(frozen=True)
class Upload:
    data: bytes
    filename: str = ""


class CsvParser(BaseParser):
    """Reads no more than a file may have."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return Upload(read_stream(stream))


def upload_of(sent: Upload | dict[str, Any]) -> Upload:
    """The file in a body of either kind; empty when there was no body. Raises FileTooLarge."""
    if isinstance(sent, Upload):
        return sent
    file: UploadedFile | None = sent.get("file")
    if file is None:
        return Upload(b"")
    return Upload(read_stream(file), file.name or "")  # type: ignore[arg-type]  # it reads like any other file
