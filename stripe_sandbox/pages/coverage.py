"""What the sandbox plays of Stripe's API, /stripe-sandbox/coverage: made from the endpoints' own declarations."""

from collections.abc import Iterator, Mapping

from werkzeug import Response

from stripe_sandbox.api.endpoints import Endpoint
from stripe_sandbox.api.params import Kind, Listing, OneOf, Shape, TextOrShape, Unsupported
from stripe_sandbox.api.table import ENDPOINTS
from stripe_sandbox.objects import Body
from stripe_sandbox.objects.shapes import API_VERSION
from stripe_sandbox.pages.addresses import page
from stripe_sandbox.pages.rendering import render
from stripe_sandbox.server.web import Request


@page("coverage", "/stripe-sandbox/coverage", "GET", is_for_operators=True)
def coverage(request: Request) -> Response:
    rows = [_row(endpoint) for endpoint in ENDPOINTS if endpoint.path.startswith("/v1/")]
    return render(
        "coverage", {"version": API_VERSION, "rows": sorted(rows, key=lambda row: (row["path"], row["method"]))}
    )


def _row(endpoint: Endpoint) -> Body:
    taken, refused = [], []
    for name, kind in parameters(endpoint.fields, ""):
        if isinstance(kind, Unsupported):
            refused.append(
                name + (f" (but {' or '.join(filter(None, kind.unless)) or 'empty'})" if kind.unless else "")
            )
        else:
            taken.append(name + (f" ({', '.join(kind.played)} only)" if isinstance(kind, OneOf) else ""))
    return {"method": endpoint.method, "path": endpoint.path, "taken": taken, "refused": refused}


def parameters(fields: Mapping[str, Kind], within: str) -> Iterator[tuple[str, Kind]]:
    """The innermost ones, by the names that an SDK gives them."""
    for name, kind in fields.items():
        full = f"{within}.{name}" if within else name
        inner = kind.of if isinstance(kind, Listing) else kind.shape if isinstance(kind, TextOrShape) else kind
        if isinstance(inner, Shape):
            yield from parameters(inner.fields, full)
        else:
            yield full, inner if isinstance(inner, Unsupported) else kind
