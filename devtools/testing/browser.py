"""The real browser of the tests: Chromium from the machine, else installed once by `./dev test`."""

import glob
import os
import shutil
import sys
from pathlib import Path

from devtools.testing import debian
from devtools.venv import failure_of

# Chromium without windows and menus, which takes a third less time; not every Debian or Ubuntu has it.
HEADLESS = "chromium-headless-shell"
NAMES = (HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class BrowserUnavailable(Exception):
    """No browser could be found or installed; the message is one sentence that says what to do."""


def find_browser() -> str | None:
    """The path of a Chromium: BROWSER_PATH, else the first on PATH, else None (Playwright then uses its own)."""
    named = os.environ.get("BROWSER_PATH")
    if named and not os.access(named, os.X_OK):
        raise BrowserUnavailable(f"BROWSER_PATH is {named}, which cannot be run: set it to a Chromium or Chrome.")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def make_ready() -> None:
    """See that a browser, a font and Playwright's needs are there; root on Debian gets what is missing installed."""
    missing = [package for package, is_missing in _debian_packages().items() if is_missing]
    if missing and debian.may_install():
        _apt_get_install(missing)
    if find_browser() or _playwright_has_one():
        return
    print("Installing Playwright's Chromium …", flush=True)
    if failure_of([sys.executable, "-m", "playwright", "install", "chromium"]):
        raise BrowserUnavailable(
            "The browser tests need Chromium and none was found or could be installed: install it "
            "(on Debian `apt-get install chromium fonts-dejavu-core libatomic1` as root), or set BROWSER_PATH to one."
        )


def _debian_packages() -> dict[str, bool]:
    """What the browser tests need of Debian, and whether it is missing here."""
    return {
        HEADLESS: find_browser() is None,
        # Without a font no text is drawn, and a check of its contrast passes without having looked.
        "fonts-dejavu-core": not glob.glob("/usr/share/fonts/**/*.[to]tf", recursive=True),
        "libatomic1": not glob.glob("/usr/lib/*/libatomic.so.1"),  # for the node inside Playwright
    }


def _apt_get_install(packages: list[str]) -> None:
    failure = debian.install(packages)
    if failure and HEADLESS in packages:
        failure = debian.install_known(["chromium", *(package for package in packages if package != HEADLESS)])
    if failure and find_browser() is None:
        last_line = failure.splitlines()[-1]
        raise BrowserUnavailable(
            f"apt-get could not install {', '.join(packages)} ({last_line}): check the network, or set BROWSER_PATH."
        )


def _playwright_has_one() -> bool:
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return any(home.glob("chromium-*/*/chrome*"))
