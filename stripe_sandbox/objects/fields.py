"""How a shape is written down (see objects/shapes.py): names of the fields that start empty, and those that do not."""

from typing import Any

from stripe_sandbox.objects.documents import Body

ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def shape(object: str, *, empty: str, **filled: Any) -> Body:
    """An object of the API: the names in `empty` (separated by spaces) are null, `filled` as given."""
    return {"id": None, "object": object, "created": None, "livemode": False} | dict.fromkeys(empty.split()) | filled


def without(names: str, whole: Body) -> Body:
    """A shape that lacks some of the fields most have."""
    return {name: value for name, value in whole.items() if name not in names.split()}
