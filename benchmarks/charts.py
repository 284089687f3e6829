"""Charts."""


def draw(results: dict) -> None: ...
