"""`expand`: ids in an answer replaced by the objects they name, at most four levels deep.

What may be expanded is Stripe's own list: expandable.json, which tests/support/sdk_expandable.py makes from the
types of its SDK.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from stripe_sandbox.billing import invoice_payments
from stripe_sandbox.checkout import line_items
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, documents
from stripe_sandbox.refunds import refunds
from stripe_sandbox.store import Database

_EXPANDABLE: dict[str, frozenset[str]] = {
    object: frozenset(paths)
    for object, paths in json.loads(Path(__file__).with_name("expandable.json").read_text()).items()
}
# Lists that an object has only where they are asked for.
_LISTS: dict[tuple[str, str], Callable[[Database, str], Body]] = {
    ("charge", "refunds"): refunds.of_charge,
    ("checkout.session", "line_items"): line_items.of_session,
    ("invoice", "payments"): invoice_payments.listing,
}
_DEEPEST = 4


def expanded(db: Database, body: Body, paths: Iterable[str]) -> Body:
    """Change `body` in place and give it back; it must be a fresh copy."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST + (parts[0] == "data"):
            raise StripeError(f"You cannot expand more than {_DEEPEST} levels of a property ({path}).", param="expand")
        if not _expand(db, body, parts, object="", within=""):
            raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
    return body


def _expand(db: Database, node: Any, parts: list[str], *, object: str, within: str) -> bool:
    """Whether there is anything of that name. `within` is where in its object the node is: "", or `parent.`."""
    if not parts or node is None:
        return True
    if isinstance(node, list):
        return all(_expand(db, member, parts, object=object, within=within) for member in node)
    if not isinstance(node, dict):
        return False
    if "object" in node:
        object, within = node["object"], ""
    name, rest = parts[0], parts[1:]
    if make_list := _LISTS.get((object, within + name)):
        node.setdefault(name, make_list(db, node["id"]))
    elif within + name in _EXPANDABLE.get(object, ()):
        node[name] = _named_by(db, node.get(name))
    elif not (rest and _has_parts(node, object, within + name)):
        return False
    return _expand(db, node.get(name), rest, object=object, within=f"{within}{name}.")


def _named_by(db: Database, value: Any) -> Any:
    if isinstance(value, list):
        return [_named_by(db, one) for one in value]
    found = documents.named(db, value) if isinstance(value, str) else None
    return found.body if found else value


def _has_parts(node: Body, object: str, path: str) -> bool:
    """Whether something below may be expanded, also where the object has nothing there."""
    if isinstance(node.get(path.rpartition(".")[2]), dict | list):
        return True
    return any(one.startswith(f"{path}.") for one in _EXPANDABLE.get(object, ()))
