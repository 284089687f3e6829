"""From nothing to an exported file, as somebody new goes through it, with every token explained at the end."""

import re

import pytest
from playwright.sync_api import expect

from brands.bulk_import import work
from brands.testing.csv_files import SAMPLES, claim, stage
from devtools.testing.pages import confirm_address
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.testing.checkout_page import pay_by_card

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_up(page, shop):
    page.goto(shop)
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Email").first.fill("newcomer@example.com")
    page.get_by_label("Password", exact=True).fill("a-long-enough-phrase")
    page.get_by_label(re.compile("Password \\(again\\)")).fill("a-long-enough-phrase")
    page.locator("main").get_by_role("button", name="Sign up").click()
    confirm_address(page, shop)


def work_while_watched(page):
    expect(page.locator("main")).to_contain_text("(queued)")
    claimed = claim()
    stage(claimed, *work._batches(claimed, []))
    expect(page.locator("main")).to_contain_text("20 of 20")
    work._finish(claimed)
    expect(page.get_by_role("heading", level=1)).to_have_text("20 domains imported")


def test_a_newcomer_buys_imports_analyses_and_exports_and_every_token_is_explained(
    page, shop, django_user_model, settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    sign_up(page, shop)
    page.get_by_role("button", name="Buy Starter Pack").click()
    pay_by_card(page, "4242 4242 4242 4242")
    page.wait_for_url("**/tokens/success?session_id=cs_test_*")
    expect(page.locator("#header-balance")).to_contain_text("100")

    page.goto(f"{shop}/domains/import")
    page.get_by_label("A CSV file").set_input_files(SAMPLES / "domains-20.csv")
    page.get_by_role("button", name="Check file").click()
    page.get_by_role("button", name="Import 20 domains for 22 tokens").click()
    work_while_watched(page)

    page.get_by_role("link", name="See your domains").click()
    for box in page.locator("tbody input[type=checkbox]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Analyse (rule-based)", exact=True).click()
    page.get_by_role("button", name="Analyse for 10 tokens").click()
    expect(page.locator("body")).to_contain_text("2 domains analysed, 68 tokens left.")

    page.locator("#export_tier").select_option("foundation")
    page.get_by_role("button", name="Export for 10 tokens").click()
    expect(page.locator("body")).to_contain_text("10 domains exported for 10 tokens; 58 left.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.path().read_text(encoding="utf-8-sig").count("foundation") == 10

    newcomer = django_user_model.objects.get(username="newcomer")
    page.goto(f"{shop}/tokens/usage")
    expect(page.locator("#header-balance")).to_have_text("58 tokens")
    for text in ("domains-20.csv", "domains: 20", "tier: foundation", "domain: "):
        expect(page.locator("main")).to_contain_text(text)
    spent = TokenUsage.objects.for_user(newcomer.pk).spent().order_by("pk").values_list("action", "tokens_spent")
    assert sorted(spent) == [
        ("ai_analysis", 5),
        ("ai_analysis", 5),
        ("csv_import", 2),
        ("data_export", 10),
        ("import_domain", 20),
    ]
    assert get_token_balance(newcomer.pk) == 58
