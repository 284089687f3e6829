"""How tests ask for exports, and read the files that come."""

import csv
import io
import json
from pathlib import Path

from brands.exports.presence import MARKER

EXPORT = "/api/domains/export"


def files_in(directory):
    """Files of exports, without the storage's marker."""
    return [path for path in Path(directory).rglob("*") if path.is_file() and not str(path).endswith(MARKER)]


def read(answer):
    """The answer, received to its end as `body`, which also closes the file."""
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def post(client, body, key=None, **headers):
    return read(client.post(EXPORT, body, **({"HTTP_IDEMPOTENCY_KEY": key} if key else {}), **headers))


def rows_of(body):
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def domains_in(answer):
    return [row["domain"] for row in json.loads(answer.body)]
