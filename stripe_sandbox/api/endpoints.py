"""What an endpoint is, and how the one for a request is found."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.api.params import Kind, Listing, Shape, Text
from stripe_sandbox.errors import no_such
from stripe_sandbox.objects import documents
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks.events import Cause


@dataclass
class Call:
    """One request, checked: `id` is the one in the address. `await_event` asks to answer only once that event was
    sent.
    """

    db: Database
    path: str
    id: str
    params: dict[str, Any]
    cause: Cause
    await_event: str | None = None

    def document(self, kind: str, *, param: str = "id") -> Document:
        """The object that the address names, or Stripe's 404."""
        found = documents.find(self.db, kind, self.id)
        if found is None:
            raise no_such(kind, self.id, param=param)
        return found


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
