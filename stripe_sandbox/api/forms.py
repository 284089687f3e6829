"""Stripe's form encoding: `line_items[0][quantity]=1` becomes nested dictionaries with text at the leaves.

Lists stay dictionaries keyed by their index, because only the specification (params.py) knows which is which.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox.errors import StripeError

Tree = dict[str, Any]


def decode(encoded: str) -> Tree:
    """A form-encoded body or query as nested dicts and lists: `a[b][0]=c`.

    Raises StripeError for what can't be nested.
    """
    tree: Tree = {}
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=5000)
    except ValueError as error:
        raise StripeError("Invalid request: the parameters are not form-encoded UTF-8.") from error
    for name, value in pairs:
        _place(tree, _parts(name), value)
    return tree


def leaves(tree: Tree) -> Iterator[str]:
    """Every text in a decoded form, however deep."""
    for value in tree.values():
        if isinstance(value, dict):
            yield from leaves(value)
        else:
            yield value


def _parts(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    if not bracket:
        return [name]
    if not head or not rest.endswith("]"):
        raise StripeError(f"Invalid parameter name: {name}", param=name)
    return [head, *rest[:-1].split("][")]


def _place(tree: Tree, parts: list[str], value: str) -> None:
    node = tree
    for part, following in pairwise(parts):
        node = node.setdefault(_index(node, part, following), {})
        if not isinstance(node, dict):
            raise StripeError(f"Invalid object: {parts[0]} is both a value and a list of values.", param=parts[0])
    last = _index(node, parts[-1], None)
    if isinstance(node.get(last), dict):
        raise StripeError(f"Invalid object: {parts[0]} is both a value and a list of values.", param=parts[0])
    node[last] = value


def _index(node: Tree, part: str, following: str | None) -> str:
    """`a[]` appends; `a[][name]` goes on with the last element until a name comes again."""
    if part:
        return part
    last = node.get(str(len(node) - 1))
    if following and isinstance(last, dict) and following not in last:
        return str(len(node) - 1)
    return str(len(node))
