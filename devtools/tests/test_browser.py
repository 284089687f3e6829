"""The browser of the tests is real: it draws text, and pages come from a live server."""

from pathlib import Path
from typing import Any

import pytest

from devtools.testing import browser


def test_text_is_drawn(page: Any) -> None:
    """Without a font nothing is drawn, and checks of contrast and size would pass without having looked."""
    page.set_content("<span id=text>Soulfra</span>")
    assert page.locator("#text").bounding_box()["width"] > 10


def test_a_page_of_the_live_server_opens_beside_database_queries(live_server: Any, page: Any, alice: Any) -> None:
    answer = page.goto(f"{live_server.url}/accounts/login/")
    assert answer.status == 200
    assert type(alice).objects.get(username="alice") == alice


def test_a_wrong_browser_path_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    with pytest.raises(browser.BrowserUnavailable, match="set it to a Chromium or Chrome"):
        browser.find_browser()
