"""What a verb of `manage.py stripe_sandbox` is."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verb:
    """`run` gets the parsed options and gives back what to print; it raises server.Refused with one sentence."""

    help: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[dict[str, Any]], str]
