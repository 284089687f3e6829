"""A CSV file as API clients send it: as the body itself, or as the part `file` of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from brands.csv_text import read_stream


@dataclass(frozen=True)
class Upload:
    data: bytes
    filename: str = ""


class CsvParser(BaseParser):
    """Reads no more than a file may have."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return Upload(read_stream(stream))


def upload_of(request: Request) -> Upload:
    """Raises FileTooLarge; ParseError when a form has no file."""
    if isinstance(request.data, Upload):
        return request.data
    if not isinstance(request.data, QueryDict):  # there is no body at all
        return Upload(b"")
    file = request.FILES.get("file")
    if sum(len(files) for _, files in request.FILES.lists()) > 1:
        raise ParseError("Send one CSV file, as the part “file” of the form: this form has several.")
    if not isinstance(file, UploadedFile):
        raise ParseError("Send the CSV file as the part “file” of the form, or as the body with the type text/csv.")
    return Upload(read_stream(file), file.name or "")  # type: ignore[arg-type]  # it reads like any other file
