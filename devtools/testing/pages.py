"""What browser tests do with a page: sign in, and check it for people who see or read differently."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect

from devtools.testing.factories import PASSWORD

WIDTHS = {"wide": 1280, "narrow": 390}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
COLOURS = ["color-contrast"]


def enter(page: Page, address: str, username: str) -> None:
    """Signed in at once, where what comes after is of interest; no page is open yet."""
    client = Client()
    client.force_login(get_user_model().objects.get(username=username))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


def sign_in(page: Page, address: str, username: str) -> None:
    """By the form, as people do; the page of tokens is open afterwards."""
    page.goto(f"{address}/accounts/login/?next=/tokens/")
    page.get_by_label("Username or email").or_(page.get_by_label("Login")).first.fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/tokens/")


def confirm_address(page: Page, address: str, *, leads_to: str = "**/tokens/") -> None:
    """Follow the link of the last email, as whoever signed up in this browser; they are signed in afterwards."""
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    link = re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))[0]
    page.goto(f"{address}{link}")
    page.locator("main").get_by_role("button", name="Confirm").click()
    page.wait_for_url(leads_to)


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """What axe finds against WCAG 2.1 A and AA on the page as it is, each rule with the elements it is about."""
    axe = Axe("" if page.evaluate("'axe' in window") else AXE_SCRIPT)
    found: list[dict[str, Any]] = axe.run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response[
        "violations"
    ]
    return [f"{rule['id']}: {', '.join(str(node['target']) for node in rule['nodes'])}" for rule in found]


# How high the banner and the header of the shop are together, and how many items each row of its menu has.
HEADER = """
() => {
  const header = document.querySelector("header.top");
  if (!header) return null;
  const rows = {};
  for (const item of header.querySelectorAll("nav li")) {
    if (item.checkVisibility()) rows[item.offsetTop] = (rows[item.offsetTop] || 0) + 1;
  }
  return { height: header.getBoundingClientRect().bottom + scrollY, rows: Object.values(rows) };
}
"""
HIGHEST_HEADER = 100


def header_problems(page: Page, *, is_narrow: bool) -> list[str]:
    """What is wrong with the header of the open page: on a phone too high, or a menu item alone in a row."""
    header = page.evaluate(HEADER)
    if header is None:  # not one of the shop's own
        return []
    too_high = is_narrow and header["height"] >= HIGHEST_HEADER
    lonely = len(header["rows"]) > 1 and 1 in header["rows"]
    found = [f"banner and header take {header['height']} px"] if too_high else []
    return [*found, f"rows of the menu: {header['rows']}"] if lonely else found


def everywhere(page: Page) -> dict[str, list[str]]:
    """Violations, sideways scrolling and a clumsy header of the open page: light and dark, wide and narrow.

    Empty when all is well. Only colours differ between light and dark, so what is dark is looked at for their contrast
    alone.
    """
    found: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        # Without motion, so that no colour is measured on its way from one scheme to the other.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            problems = violations(page, COLOURS if scheme == "dark" else RULES)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                problems.append("the page scrolls sideways")
            problems += header_problems(page, is_narrow=name == "narrow")
            if problems:
                found[f"{page.url} {scheme} {name}"] = problems
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    return found


# Each run of characters without a place to break at that stands on several lines though its row or paragraph has room.
BROKEN_WORDS = """
() => {
  const found = [], range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, around = text.parentElement;
    if (!around.checkVisibility() || around.closest("script, style, code, pre, textarea, .visually-hidden")) continue;
    const room = around.closest("tr, li, p, dd, dt, dl, h1, h2, .card, section, header, main, body").clientWidth;
    for (const word of text.data.matchAll(/[^\\s\\-\\/?&–—]+/g)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const parts = [...range.getClientRects()].filter((part) => part.width > 0);
      const lines = new Set(parts.map((part) => Math.round(part.top)));
      const width = parts.reduce((sum, part) => sum + part.width, 0);
      if (lines.size > 1 && width < 0.75 * room) found.push(word[0]);
    }
  }
  return found;
}
"""


def broken_words(page: Page) -> dict[str, list[str]]:
    """By width, the words of the open page that are broken although there is room for them; empty when all is well."""
    found: dict[str, list[str]] = {}
    for name, width in {**WIDTHS, "in between": 768}.items():
        page.set_viewport_size({"width": width, "height": 900})
        if words := page.evaluate(BROKEN_WORDS):
            found[f"{page.url} {name}"] = words
    return found
