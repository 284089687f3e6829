"""Docs."""


def write(results: dict) -> None: ...
