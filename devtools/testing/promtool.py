"""promtool of Debian's Prometheus, which holds rules against figures."""

from __future__ import annotations

import shutil

from devtools.testing import debian

WITHOUT = "promtool is not installed, nor could it be: `apt-get install prometheus` as root has these tests run."


def find() -> str | None:
    return shutil.which("promtool")


def make_ready() -> None:
    """Root on Debian gets it installed. Without it the tests that need it are skipped, so a failure stops nothing."""
    if find() is None and debian.may_install() and (failure := debian.install(["prometheus"])):
        print(f"Prometheus could not be installed ({failure.splitlines()[-1]}).", flush=True)
