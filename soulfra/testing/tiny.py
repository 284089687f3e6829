"""`python -m soulfra.testing.tiny HANG_SECONDS`: a server like the shop's, of an application with two addresses.

It listens at the socket that it is handed. `/` says which process answers; at `/hang` none of its threads runs again.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from soulfra.serving import web


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/hang":
        _never_return()
    answer = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


def _never_return() -> None:
    re.match("(a+)+$", "a" * 99 + "b")  # which tries each way to split them, and keeps the interpreter's lock


if __name__ == "__main__":
    web.server(
        "soulfra.testing.tiny:application",
        listener=web.listener("", 0),
        workers=2,
        threads=2,
        hang_seconds=float(sys.argv[1]),
    ).serve_until_a_signal()
