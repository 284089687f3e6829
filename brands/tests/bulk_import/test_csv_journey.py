"""A CSV import from the customer's chair, in a real browser: the progress grows by itself and survives a reload."""

import json
import re

import pytest
from playwright.sync_api import expect

from brands.bulk_import import work
from brands.bulk_import.start import save_quote
from brands.models import Brand
from brands.testing.csv_files import SAMPLES, claim, csv_of, queue, stage
from brands.testing.rows import free_ones
from devtools.testing.pages import everywhere, sign_in
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alices(page, shop, alice):
    sign_in(page, shop, "alice")
    return page


def test_worked_example_b_sent_watched_and_explained(alices, shop, alice):
    page, main = alices, alices.locator("main")
    simulate_token_purchase(alice.pk, "pro")
    page.goto(f"{shop}/admin/domains/csv")
    page.get_by_label("A CSV file").set_input_files(SAMPLES / "domains-100.csv")
    page.get_by_role("button", name="Check file").click()
    expect(main).to_contain_text("398 afterwards")
    assert everywhere(page) == {}
    page.get_by_role("button", name="Import 100 domains for 102 tokens").click()
    expect(main).to_contain_text("(queued)")
    expect(page.locator("#header-balance")).to_have_text("398 tokens")

    claimed = claim()
    first, second = work._batches(claimed, [])
    stage(claimed, first)
    expect(main).to_contain_text("50 of 100")
    page.reload()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "50")
    assert (Brand.objects.of(alice.pk).count(), everywhere(page)) == (0, {})
    stage(claimed, second)
    work._finish(claimed)
    expect(page.get_by_role("heading", level=1)).to_have_text("100 domains imported")
    assert everywhere(page) == {}

    with page.expect_download() as download:
        page.get_by_role("link", name="Download verification file").click()
    assert download.value.suggested_filename == "domains-100.post-check.json"
    page.get_by_role("link", name="See your spending").click()
    spends = page.get_by_role("region", name="Each spend").locator("tbody tr")
    expect(spends.nth(0)).to_contain_text(re.compile("domains: 100.*100", re.S))
    expect(spends.nth(1)).to_contain_text(re.compile("domains-100.csv.*2", re.S))
    assert get_token_balance(alice.pk) == 398


def test_worked_example_b_from_its_import_to_its_end(alices, shop, alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    page = alices
    simulate_token_purchase(alice.pk, "pro")
    page.goto(f"{shop}/domains/import")
    page.get_by_label("A CSV file").set_input_files(SAMPLES / "domains-100.csv")
    page.get_by_role("button", name="Check file").click()
    page.get_by_role("button", name="Import 100 domains for 102 tokens").click()
    expect(page.locator("#header-balance")).to_have_text("398 tokens")
    work.work_one()

    page.goto(f"{shop}/domains/")
    for box in page.locator("tbody input[type=checkbox]").all()[:10]:
        box.check()
    page.get_by_role("button", name="Analyse (rule-based)", exact=True).click()
    page.get_by_role("button", name="Analyse for 50 tokens").click()
    expect(page.locator("body")).to_contain_text("10 domains analysed, 348 tokens left.")
    page.locator("#export_tier").select_option("foundation")
    page.locator("select[name=format]").select_option("json")
    page.get_by_role("button", name="Export for 10 tokens").click()
    expect(page.locator("body")).to_contain_text("338 left.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download JSON").click()
    exported = json.loads(download.value.path().read_text())
    assert {brand["tier"] for brand in exported} == {"foundation"}
    assert get_token_balance(alice.pk) == 338


def test_by_keyboard_alone_and_without_javascript(browser, shop, alice):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, shop, "alice")
    page.goto(f"{shop}/domains/import")
    page.get_by_label("Or paste its text").focus()
    page.keyboard.type("domain\nocean.com\nsea.com\n")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Import 2 domains").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("0 of 2 domains")
    work.work_one()
    page.get_by_role("link", name="Check again").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 domains imported")
    expect(page.locator("main")).to_contain_text("Paid by the free plan")
    context.close()


def test_every_page_of_an_import_can_be_read_by_everybody(alices, shop, alice):
    free_ones(alice, 8)
    rows = ("ocean.com", "ocean.com", "nas.local", "pаypal.com", "https://sea.com/x", f"{'long' * 15}.com")
    page, quoted = alices, save_quote(alice.pk, csv_of(*rows), filename=f"{'a-long-name' * 10}.csv")
    failed = queue(alice, csv_of("lake.com", "x.local"))
    work._fail(claim(), "Something went wrong on our side. Try again.")
    page.goto(f"{shop}/domains/import")
    page.get_by_role("button", name="Check file").click()
    expect(page.locator("main")).to_contain_text("Choose a CSV file, or paste its text.")
    assert everywhere(page) == {}
    for pk, said in ((quoted.pk, "This import costs"), (failed.pk, "Nothing was imported")):
        page.goto(f"{shop}/domains/import/{pk}")
        expect(page.locator("main")).to_contain_text(said)
        assert everywhere(page) == {}
