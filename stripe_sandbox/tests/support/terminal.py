"""What is typed at a terminal, and what is printed."""

import contextlib
from io import StringIO

from stripe_sandbox.command_line import main
from stripe_sandbox.testing import Refused, current


def say(*words: str, address: str = "") -> str:
    """What is printed; a failure's sentence is raised."""
    with contextlib.redirect_stdout(StringIO()) as out, contextlib.redirect_stderr(StringIO()) as problem:
        code = main(["--address", address or current().address, *words], {})
    if code:
        raise Refused(problem.getvalue().rstrip("\n"))
    return out.getvalue()
