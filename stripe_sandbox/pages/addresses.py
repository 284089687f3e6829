"""The pages by name: each is declared with its address where it is shown."""

import re
from collections.abc import Callable

from werkzeug import Response
from werkzeug.routing import Map, Rule

Show = Callable[..., Response]

PAGES = Map([Rule("/stripe-sandbox/static/<path:name>", endpoint="static", methods=["GET"])])
SHOWN: dict[str, Show] = {}
OPERATORS: set[str] = set()
_here = PAGES.bind("")


def page(name: str, address: str, *methods: str, is_for_operators: bool = False) -> Callable[[Show], Show]:
    """Declare a page. Those for operators are not where customers are sent to."""

    def declare(show: Show) -> Show:
        PAGES.add(Rule(address, endpoint=name, methods=methods))
        SHOWN[name] = show
        if is_for_operators:
            OPERATORS.add(name)
        return show

    return declare


def of(page: str, *parts: str) -> str:
    """The path of a page, with the parts that its address has, in their order."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", next(PAGES.iter_rules(page)).rule)
    return _here.build(page, dict(zip(names, parts, strict=True)))
