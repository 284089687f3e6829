"""Lists as Stripe pages them: newest first, `limit`, `starting_after` or `ending_before`, `has_more`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox import documents
from stripe_sandbox.api.params import Integer, Kind, Shape, Text, TextOrShape
from stripe_sandbox.documents import Body, Document
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.store import Database

_BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

PAGING: dict[str, Kind] = {"limit": Integer(1, 100), "starting_after": Text(), "ending_before": Text()}
CREATED: dict[str, Kind] = {"created": TextOrShape(Integer(), Shape({name: Integer() for name in _BOUNDS}))}


@dataclass
class Query:
    """A list of one kind of object, narrowed by SQL conditions over the `document` table."""

    kind: str
    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def where(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    def matching(self, params: Mapping[str, Any], paths: Mapping[str, str]) -> "Query":
        """Narrow by `created` and by every parameter named in `paths` (its value is the JSON path to compare with)."""
        created = params.get("created")
        for name, number in created.items() if isinstance(created, dict) else ():
            self.where(f"created {_BOUNDS[name]} ?", number)
        if isinstance(created, int):
            self.where("created = ?", created)
        for name, path in paths.items():
            if name in params:
                self.where(f"json_extract(body, '{path}') = ?", params[name])
        return self


def page(db: Database, query: Query, params: Mapping[str, Any], *, url: str) -> Body:
    limit = params.get("limit", 10)
    comparison, order = "<", "DESC"
    cursor = params.get("starting_after")
    if "ending_before" in params:
        if cursor:
            raise StripeError("You cannot parameterize both starting_after and ending_before.", param="ending_before")
        comparison, order, cursor = ">", "ASC", params["ending_before"]
    if cursor:
        query.where(f"seq {comparison} ?", _place_of(db, query.kind, cursor, params))
    conditions = " AND ".join(["kind = ?", *query.conditions])
    rows = db.execute(
        f"SELECT * FROM document WHERE {conditions} ORDER BY seq {order} LIMIT ?",  # noqa: S608  conditions are our own text
        (query.kind, *query.values, limit + 1),
    ).fetchall()
    found = [documents.from_row(row) for row in rows[:limit]]
    return listing(found if order == "DESC" else found[::-1], url=url, has_more=len(rows) > limit)


def listing(found: list[Document], *, url: str, has_more: bool) -> Body:
    return {"object": "list", "data": [document.body for document in found], "has_more": has_more, "url": url}


def _place_of(db: Database, kind: str, cursor: str, params: Mapping[str, Any]) -> int:
    row = db.execute("SELECT seq FROM document WHERE id = ? AND kind = ?", (cursor, kind)).fetchone()
    if row is None:
        raise no_such(
            kind, cursor, param="ending_before" if "ending_before" in params else "starting_after", status=400
        )
    return int(row["seq"])
