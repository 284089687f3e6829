"""The pages of the API in a real browser, looked at by axe: light and dark, wide and narrow."""

import pytest

from devtools.testing.pages import everywhere
from tokens.tests.conftest import shop

__all__ = ["shop"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ["", "/reference", "/changes", "/problems/limit-reached"]
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def test_the_guides_the_reference_and_the_problems_are_accessible(page, shop):
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(f"{shop}/api/docs{path}")
        page.evaluate(UNFOLD)
        found |= everywhere(page)
    assert found == {}


def test_the_contents_lead_to_each_guide(page, shop):
    page.goto(f"{shop}/api/docs")
    links = page.locator("nav[aria-label=Guides] ol a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    assert len(links) > 8
    assert [link for link in links if page.locator(f"h2{link}").count() != 1] == []
