"""Lists as Stripe pages them: newest first, `limit`, `starting_after` or `ending_before`, `has_more`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.api.params import Integer, Kind, Shape, Text, TextOrShape
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import Body, documents
from stripe_sandbox.store import Database

FIRST_PAGE = 10
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

    def has(self, path: str, value: Any) -> None:
        """Only what has this value at the JSON path; of several values, each below it. None asks for nothing."""
        for name, part in value.items() if isinstance(value, dict) else ():
            self.has(f"{path}.{name}", part)
        if value is not None and not isinstance(value, dict):
            self.where(f"json_extract(body, '{path}') = ?", value)

    def among(self, column: str, values: Sequence[Any] | None) -> None:
        """Only what has one of the values, if any are named."""
        if values:
            self.where(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def created(self, at: int | Mapping[str, int] | None) -> None:
        bounds = at if isinstance(at, Mapping) else {} if at is None else {"": at}
        for name, number in bounds.items():
            self.where(f"created {_BOUNDS.get(name, '=')} ?", number)


def page(db: Database, query: Query, params: Mapping[str, Any], url: str) -> Body:
    """A list object with up to `limit` documents; `starting_after` and `ending_before` page on. Raises StripeError."""
    limit = params.get("limit", FIRST_PAGE)
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
    found = [documents.from_row(row).body for row in rows[:limit]]
    return documents.listing(found if order == "DESC" else found[::-1], url, has_more=len(rows) > limit)


def page_within(found: list[Body], params: Mapping[str, Any], url: str) -> Body:
    """A page of the parts of one object, in their own order."""
    places = {part["id"]: place for place, part in enumerate(found)}
    after, before = params.get("starting_after"), params.get("ending_before")
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and cursor not in places:
            raise no_such("object", cursor, param=name)
    start = places[after] + 1 if after else 0
    end = places[before] if before else len(found)
    limit = params.get("limit", FIRST_PAGE)
    shown = found[max(start, end - limit) : end] if before else found[start : start + limit]
    return documents.listing(shown, url, has_more=end - start > len(shown))


def first_pages(body: Any) -> Any:
    """An answer in which each list within an object shows its first page only, as Stripe's do."""
    if isinstance(body, list):
        return [first_pages(each) for each in body]
    if not isinstance(body, dict):
        return body
    shown = {name: first_pages(value) for name, value in body.items()}
    for value in shown.values():
        if isinstance(value, dict) and value.get("object") == "list" and len(value["data"]) > FIRST_PAGE:
            value |= {"data": value["data"][:FIRST_PAGE], "has_more": True}
    return shown


def _place_of(db: Database, kind: str, cursor: str, params: Mapping[str, Any]) -> int:
    row = db.execute("SELECT seq FROM document WHERE id = ? AND kind = ?", (cursor, kind)).fetchone()
    if row is None:
        raise no_such(kind, cursor, param="ending_before" if "ending_before" in params else "starting_after")
    return int(row["seq"])
