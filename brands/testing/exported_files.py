"""How tests ask for exports, and read the files that come."""

import csv
import io
import json
from pathlib import Path

EXPORT = "/api/domains/export"


def files_in(directory):
    return [path for path in Path(directory).rglob("*") if path.is_file()]


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
