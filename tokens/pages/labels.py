"""Names for people beside the keys of actions."""

from collections.abc import Iterable
from typing import Any, TypeVar

from tokens.catalog import Catalog

Row = TypeVar("Row", bound=Any)


def with_labels(rows: Iterable[Row], catalog: Catalog) -> list[Row]:
    """The rows as a list, each with its `action`'s name as `label`."""
    labelled = list(rows)
    for row in labelled:
        row.label = catalog.label(row.action)
    return labelled
