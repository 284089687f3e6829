"""The proof of an import: what a file says should be there, and, afterwards, whether it is. JSON, for keeping.

The SHA-256 ties a proof to the very bytes of one file. A domain that is there with other details counts as different.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from brands.bulk_import.rows import JudgedFile, Row, Verdict, judge_file
from brands.bulk_import.stored import judged_file
from brands.bulk_import.text import read_file
from brands.models import Brand, CsvImport
from brands.records import in_utc

NONE = "none"
DEFAULTS: dict[str, Any] = {"category_id": None, "tier": Brand.Tier.FOUNDATION, "brand_type": "", "is_test": False}
NAMES = {"category_id": "category", "tier": "tier", "brand_type": "type", "is_test": "is_test"}
LOOKED_UP_AT_ONCE = 500

Proof = dict[str, Any]


def generate_pre_check_proof(file: str | Path) -> Proof:
    """What importing a file should lead to: `proof["expected"]["total_domains"]`, and counts of each kind.

    Nothing is imported and nothing charged. Raises BadFile.
    """
    path = Path(file)
    return pre_check(judge_file(read_file(path)), filename=path.name)


def generate_post_check_proof(file: str | Path, user_id: int) -> Proof:
    """As the pre-check, with what this user has: `imported`, `missing`, `different`, `match`. Raises BadFile."""
    path = Path(file)
    return post_check(judge_file(read_file(path)), user_id, filename=path.name)


def proof_of(csv_import: CsvImport) -> Proof:
    """The proof of a stored import: what is expected of it before it is done, and whether that came true afterwards."""
    file = judged_file(csv_import)
    if csv_import.status != CsvImport.Status.DONE:
        return pre_check(file, filename=csv_import.filename)
    proof = post_check(file, csv_import.user_id, filename=csv_import.filename)
    spent = {"id": str(csv_import.pk), "imported": csv_import.imported, "tokens_spent": csv_import.tokens_spent}
    return proof | {"import": {**spent, "paid_by": csv_import.paid_by}}


def pre_check(file: JudgedFile, *, filename: str) -> Proof:
    """What the file's bytes should lead to: SHA-256, rows and counts by category, tier and type. Raises BadFile."""
    return _expectation(file, filename) | {"check": "pre-check"}


def post_check(file: JudgedFile, user_id: int, *, filename: str) -> Proof:
    """As `pre_check`, with what the user owns of it: imported, missing, different, match. Raises BadFile."""
    found: list[dict[str, Any]] = []
    missing: list[str] = []
    different: list[dict[str, Any]] = []
    for row, brand in _with_brands(_wanted(file.rows), user_id):
        if brand is None:
            missing.append(row.domain)
        else:
            found.append(brand)
            different += _differences(row, brand)
    return _expectation(file, filename) | {
        "check": "post-check",
        "imported": _counts(found),
        "missing": missing,
        "different": different,
        "match": not missing and not different,
    }


def as_json(proof: Proof) -> str:
    """The proof as JSON, indented by two spaces, without a newline at the end."""
    return json.dumps(proof, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n"


def _expectation(file: JudgedFile, filename: str) -> Proof:
    left_out = [
        {"line": row.line, "domain": row.given, "verdict": str(row.verdict), "why": row.why}
        for row in file.rows
        if row.verdict != Verdict.NEW
    ]
    return {
        "file": filename,
        "sha256": file.sha256,
        "checked_at": in_utc(timezone.now()),
        "rows": len(file.rows),
        "expected": _counts(DEFAULTS | row.fields for row in _wanted(file.rows)),
        "left_out": left_out,
        "notices": list(file.notices),
    }


def _wanted(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if row.verdict == Verdict.NEW)


def _counts(brands: Iterable[dict[str, Any]]) -> dict[str, Any]:
    total = tests = 0
    by: dict[str, Counter[str]] = {field: Counter() for field in NAMES if field != "is_test"}
    for fields in brands:
        total, tests = total + 1, tests + fields["is_test"]
        for field, counter in by.items():
            counter[str(fields[field] or NONE)] += 1
    kinds = {f"by_{NAMES[field]}": dict(sorted(counter.items())) for field, counter in by.items()}
    return {"total_domains": total, **kinds, "test_domains": tests}


def _with_brands(rows: Iterator[Row], user_id: int) -> Iterator[tuple[Row, dict[str, Any] | None]]:
    """Each row with the kinds of the user's brand of that domain, if there is one; few are looked up at a time."""
    while some := list(islice(rows, LOOKED_UP_AT_ONCE)):
        mine = Brand.objects.of(user_id).filter(domain__in=[row.domain for row in some]).values("domain", *NAMES)
        brands = {brand["domain"]: brand for brand in mine}
        for row in some:
            yield row, brands.get(row.domain)


def _differences(row: Row, brand: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field, name in NAMES.items():
        expected = (DEFAULTS | row.fields)[field]
        if brand[field] != expected:
            yield {"domain": row.domain, "field": name, "expected": expected, "found": brand[field]}
