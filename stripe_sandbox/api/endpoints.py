"""What an endpoint is, and how the one for a request is found."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.api.params import Kind, Listing, Shape, Text
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.store import Database


@dataclass
class Call:
    """One request, checked: `id` is the one in the address. `await_event` asks to answer only once that event was
    sent; `answer_later` gives another answer then.
    """

    db: Database
    path: str
    id: str
    params: dict[str, Any]
    await_event: str | None = None
    answer_later: Callable[[Database], Body] | None = None

    def document(self, kind: str, *, param: str = "id") -> Document:
        """The object that the address names, or Stripe's 404."""
        return documents.require(self.db, kind, self.id, param=param, status=404)

    def named(self, kind: str, param: str) -> Document:
        """The object that this parameter names, or Stripe's 400."""
        return documents.require(self.db, kind, self.params[param], param=param)

    @property
    def fields(self) -> Body:
        """The parameters that say what an object is to be."""
        return {name: value for name, value in self.params.items() if name != "expand"}


@dataclass(frozen=True)
class Endpoint:
    """`path` has `{id}` where an id goes. POST endpoints get a write transaction, GET ones a read-only view."""

    method: str
    path: str
    handle: Callable[[Call], Body]
    fields: Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def params(self) -> Shape:
        return Shape({"expand": Listing(Text()), **self.fields}, self.required)

    def match(self, method: str, path: str) -> str | None:
        """The id in the address ("" when it has none), or None when this is another endpoint."""
        if method != self.method:
            return None
        found = re.fullmatch(re.escape(self.path).replace(r"\{id\}", r"([^/]+)"), path)
        return None if found is None else "".join(found.groups())
