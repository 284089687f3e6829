"""What most resources have in common: `GET` one of them by its id, and the list of them, narrowed by filters."""

from collections.abc import Callable, Mapping
from typing import Any

from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.api.paging import CREATED, PAGING, Query, page
from stripe_sandbox.api.params import Kind
from stripe_sandbox.objects import Body
from stripe_sandbox.store import Database

_NONE: Mapping[str, Kind] = {}


def resource(
    kind: str,
    path: str,
    filters: Mapping[str, Kind] = _NONE,
    *,
    param: str = "id",
    special: Mapping[str, Kind] = _NONE,
    narrow: Callable[[Query, Mapping[str, Any]], None] = lambda query, params: None,
    is_dated: bool = True,
    shown: Callable[[Database, Body], Body] = lambda db, body: body,
) -> list[Endpoint]:
    """`param` is what a refusal calls the id; `shown` makes the answer of what is kept.

    Each of the `filters` asks for what has its value in the field of its name; what the `special` ones ask for,
    `narrow` does.
    """

    def retrieve(call: Call) -> Body:
        return shown(call.db, call.document(kind, param=param).body)

    def listed(call: Call) -> Body:
        query = Query(kind)
        query.created(call.params.get("created"))
        for name in filters:
            query.has(f"$.{name}", call.params.get(name))
        narrow(query, call.params)
        found = page(call.db, query, call.params, call.path)
        return found | {"data": [shown(call.db, body) for body in found["data"]]}

    fields = {**PAGING, **(CREATED if is_dated else {}), **filters, **special}
    return [Endpoint("GET", path, listed, fields), Endpoint("GET", path + "/{id}", retrieve)]
