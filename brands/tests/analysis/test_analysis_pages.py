"""Analysing from the pages: the panel of a domain, taking over, and many at once."""

import re

import pytest
from django.contrib.messages import get_messages
from playwright.sync_api import expect

from brands import editing
from brands.analysis.quoting import by_any_engine, by_engine
from brands.analysis.running import analyze, work_one
from brands.models import Analysis, Brand
from brands.pages.analysis_panel import panel_of
from brands.testing.model_server import saying
from brands.testing.rows import make_analysis, make_brand
from devtools.testing.pages import enter, everywhere
from tokens.catalog import Cost
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold
from tokens.spending.spends import spend

pytestmark = pytest.mark.django_db
RULES = "Rule-based analysis - no AI model configured"


@pytest.fixture
def brand(alice):
    simulate_token_purchase(alice.pk, "starter")
    return make_brand(alice, "tasty-thai-food.com")


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_page_says_the_price_and_that_the_rules_are_no_ai(alice_page, brand):
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert re.search(r"Analyse\s+for 5 tokens", page)
    assert RULES in page


def test_analysing_shows_score_reasons_and_suggestions_beside_what_is_said_now(alice_page, alice, brand):
    answer = alice_page.post(f"/domains/{brand.pk}/analyze", {"seen": "0"})
    assert (answer.status_code, answer["Location"]) == (303, f"/domains/{brand.pk}#analysis")
    assert told(answer) == ["1 domain analysed, 95 tokens left."]
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    for text in ("<strong>70</strong> of 100", "+12 for plain words: “tasty”", "Hyphens are forgotten", RULES):
        assert text in page
    assert re.search(r"Analyse\s+again\s+for 5 tokens", page)
    assert re.search(r"Tasty-Thai-Food</td>\s*<td[^>]*>Tasty Thai Food<", page)
    assert "AI analysis" not in page


def test_a_suggestion_is_taken_over_with_a_button(alice_page, alice, brand):
    analysis = analyze(alice.pk, brand.pk)
    answer = alice_page.post(f"/domains/{brand.pk}/apply", {"field": "tagline", "analysis": analysis.pk})
    assert (answer.status_code, told(answer)) == (303, ["Tagline: suggestion applied."])
    brand.refresh_from_db()
    assert brand.tagline == (analysis.result or {})["tagline"]
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert page.count(">Applied<") == 1
    assert alice_page.post(f"/domains/{brand.pk}/apply", {"field": "owner"}).status_code == 400


def test_all_suggestions_are_applied_in_one_act_and_again_without_harm(alice_page, alice, brand):
    analysis = analyze(alice.pk, brand.pk)
    result = analysis.result or {}
    assert "Apply all 10 suggestions" in alice_page.get(f"/domains/{brand.pk}").content.decode()
    post = {"analysis": analysis.pk}
    answer = alice_page.post(f"/domains/{brand.pk}/apply-all", post)
    assert (answer.status_code, told(answer)) == (303, ["10 suggestions applied."])
    brand.refresh_from_db()
    assert {row.field: row.is_taken for row in panel_of(brand).rows if not row.is_taken} == {}
    assert (brand.slug, brand.category_id, brand.tagline) == ("tasty-thai-food", "cooking", result["tagline"])
    at = brand.updated_at
    again = alice_page.post(f"/domains/{brand.pk}/apply-all", post)
    assert (again.status_code, told(again)[-1]) == (303, "Every suggestion was applied already.")
    brand.refresh_from_db()
    assert (brand.updated_at, get_token_balance(alice.pk)) == (at, 95)
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert (page.count(">Applied<"), "Apply all" in page) == (10, False)


def test_one_suggestion_that_cannot_be_applied_leaves_all_as_they_were(alice_page, alice, brand):
    found = analyze(alice.pk, brand.pk).result or {}
    analysis = make_analysis(brand, result={**found, "category": "gone", "tagline": "New"})
    assert alice_page.post(f"/domains/{brand.pk}/apply-all", {"analysis": analysis.pk}).status_code == 400
    brand.refresh_from_db()
    assert (brand.tagline, brand.category_id, brand.name) == ("", None, "Tasty-Thai-Food")


@pytest.mark.parametrize("result", [{}, {"region": ""}, {"owner": 2, "domain": "x.com", "tier": "creative"}])
def test_what_an_analysis_does_not_suggest_is_not_applied(alice_page, brand, result):
    make_analysis(brand, result=result)
    assert alice_page.post(f"/domains/{brand.pk}/apply-all").status_code == 409
    assert "Apply all" not in alice_page.get(f"/domains/{brand.pk}").content.decode()


def test_what_is_empty_in_an_analysis_leaves_what_is_said(alice_page, alice, brand):
    editing.edit(brand, {"region": "Asia"})
    make_analysis(brand, result={"region": "", "name": "Deep Sea", "tagline": "Deep"})
    assert told(alice_page.post(f"/domains/{brand.pk}/apply-all")) == ["2 suggestions applied."]
    brand.refresh_from_db()
    assert (brand.region, brand.name, brand.slug) == ("Asia", "Deep Sea", "deep-sea")


def test_what_rules_make_is_called_rule_based_wherever_it_is_offered(alice_page, client, brand, settings):
    prices = client.get("/tokens/").content.decode()
    assert "Rule-based analyses" in prices
    assert "Rule-based brand analysis of one domain" in prices
    domains = alice_page.get("/domains/").content.decode()
    assert "Rule-based analyses: 5" in domains
    assert re.search(r"Analyse \(rule-based\)</button>", domains)
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert re.search(r"Analyse\s+for 5 tokens\s+\(rule-based\)", page)
    asked = alice_page.post("/domains/analyze", {"ids": [brand.pk]}).content.decode()
    assert re.search(r"Analyse for 5 tokens\s+\(rule-based\)", asked)
    assert not any("AI anal" in text or "AI brand" in text for text in (prices, domains, page, asked))


@pytest.mark.parametrize(
    ("named", "shown"),
    [("AI analyses", "Analyses"), ("Rule-based analyses", "Analyses"), ("Brand reports", "Brand reports"), ("AI", "AI"),
     ("", "")],
)  # fmt: skip
def test_what_was_spent_on_analyses_is_called_by_no_engine(named, shown):
    assert by_any_engine(named) == shown


@pytest.mark.parametrize("engine", ["rules", "model"])
def test_no_page_of_what_was_spent_says_which_engine_it_was(request, api, alice_page, alice, engine):
    if engine == "model":
        request.getfixturevalue("model")
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "ai_analysis", metadata={"domain": "ocean.com"})
    for path in ("statement", "statement/print", "usage"):
        page = alice_page.get(f"/tokens/{path}").content.decode()
        assert (path, "Analyses" in page, "AI analyses" in page) == (path, True, False)
    for path in ("statement.csv", "usage.csv"):
        assert b"AI anal" not in b"".join(alice_page.get(f"/tokens/{path}").streaming_content)
    assert {row.label for row in alice_page.get("/tokens/").context["usage_breakdown"]} == {"Analyses"}
    answers = [
        api(alice).get(f"/api/tokens/{path}").content.decode() for path in ("statement", "usage/summary?by=action")
    ]
    assert all('"Analyses' in text and "AI anal" not in text for text in answers)


def test_after_buying_the_price_list_names_the_engine(sandbox, alice, alice_page):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    page = alice_page.get("/tokens/success", {"session_id": purchase.stripe_checkout_session_id}).content.decode()
    assert "Rule-based analyses" in page
    assert "AI anal" not in page


def test_with_a_model_the_price_list_says_what_its_row_says(alice_page, brand, model):
    assert "AI analyses" in alice_page.get("/tokens/").content.decode()
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert "(rule-based)" not in page + alice_page.get("/domains/").content.decode()


@pytest.mark.parametrize(
    ("named", "shown"),
    [("AI analyses", "Rule-based analyses"), ("Brand reports", "Brand reports (rule-based)"), ("", ""),
     ("Our rule-based reports", "Our rule-based reports")],
)  # fmt: skip
def test_however_staff_named_it_the_price_says_that_rules_do_it(named, shown):
    assert by_engine(Cost("ai_analysis", named, "", 5)) == Cost("ai_analysis", shown, "", 5)


def test_while_a_model_works_the_page_says_so_and_offers_no_second_one(alice_page, alice, brand, model):
    answer = alice_page.post(f"/domains/{brand.pk}/analyze", {"seen": "0"})
    assert told(answer) == ["1 domain being analysed, 95 tokens left."]
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert "Check again" in page
    assert f'action="/domains/{brand.pk}/analyze"' not in page
    work_one()
    assert "AI analysis by small" in alice_page.get(f"/domains/{brand.pk}").content.decode()


def test_a_failed_analysis_is_told_and_leaves_the_earlier_one_in_sight(alice_page, alice, brand, model):
    analyze(alice.pk, brand.pk)
    work_one()
    model.answer((401, "{}"))
    analyze(alice.pk, brand.pk)
    work_one()
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert "refused the request (HTTP 401). Nothing was charged." in page
    assert "<strong>71</strong> of 100" in page


def test_what_a_model_says_is_never_markup(alice_page, alice, brand, model):
    model.answer(saying(tagline="<script>alert(1)</script>", strengths=["<img src=x>"]))
    analyze(alice.pk, brand.pk)
    work_one()
    page = alice_page.get(f"/domains/{brand.pk}").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_too_few_tokens_are_a_402_page_and_nothing_is_started(alice_page, alice, brand):
    hold(alice.pk, "data_export", tokens=97)
    answer = alice_page.post(f"/domains/{brand.pk}/analyze")
    assert (answer.status_code, Analysis.objects.count()) == (402, 0)
    assert 'href="/tokens/"' in answer.content.decode()


def test_a_get_changes_nothing_and_another_users_brand_is_a_404(alice_page, alice, bob, brand):
    for path in ("analyze", "apply", "apply-all"):
        assert alice_page.get(f"/domains/{brand.pk}/{path}")["Location"] == f"/domains/{brand.pk}"
    assert alice_page.get("/domains/analyze")["Location"] == "/domains/"
    theirs = make_brand(bob, "ocean.com")
    assert alice_page.post(f"/domains/{theirs.pk}/analyze").status_code == 404
    assert alice_page.post(f"/domains/{theirs.pk}/apply", {"field": "name"}).status_code == 404
    assert alice_page.post(f"/domains/{theirs.pk}/apply-all").status_code == 404
    assert (Analysis.objects.count(), get_token_balance(alice.pk)) == (0, 100)


def test_an_analysis_of_an_older_shape_still_shows(alice):
    brand = make_brand(alice)
    make_analysis(brand, result={"name": "Deep Sea"})
    assert [(row.field, row.suggested) for row in panel_of(brand).rows][:2] == [("name", "Deep Sea"), ("category", "")]


# --- many ----------------------------------------------------------------------------------


@pytest.fixture
def many(alice, brand):
    return [brand, make_brand(alice, "chef.com"), make_brand(alice, "codeacademy.com")]


def test_many_are_priced_first_and_then_analysed(alice_page, alice, bob, many):
    ids = [row.pk for row in many]
    theirs = make_brand(bob, "ocean.com")
    priced = alice_page.post("/domains/analyze", {"ids": [*ids, theirs.pk]})
    page = priced.content.decode()
    assert (priced.status_code, Analysis.objects.count()) == (200, 0)
    assert re.search(r'id="price">\s*15 tokens', page)
    assert (page.count('name="ids"'), RULES in page, "ocean.com" in page) == (3, True, False)
    answer = alice_page.post("/domains/analyze", {"ids": ids, "seen": "0", "confirmed": "yes"})
    assert (answer.status_code, told(answer)) == (303, ["3 domains analysed, 85 tokens left."])
    alice_page.post("/domains/analyze", {"ids": ids, "seen": "0", "confirmed": "yes"})
    assert (Analysis.objects.count(), get_token_balance(alice.pk)) == (3, 85)


def test_many_that_the_tokens_do_not_cover_are_not_started(alice_page, alice, many):
    ids = [row.pk for row in many]
    hold(alice.pk, "data_export", tokens=88)
    page = alice_page.post("/domains/analyze", {"ids": ids}).content.decode()
    assert "You are 3 tokens short, so nothing was started" in page
    assert "Starter Pack covers it" in page
    assert "confirmed" not in page
    answer = alice_page.post("/domains/analyze", {"ids": ids, "seen": "0", "confirmed": "yes"})
    assert (answer.status_code, Analysis.objects.count(), get_token_balance(alice.pk)) == (402, 0, 12)


def test_nothing_ticked_leads_back(alice_page, brand):
    assert alice_page.post("/domains/analyze")["Location"] == "/domains/"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_as_many_statements_for_any_history(alice_page, alice, brand, rows, django_assert_num_queries):
    for _ in range(rows):
        analyze(alice.pk, brand.pk)
    with django_assert_num_queries(9):
        alice_page.get(f"/domains/{brand.pk}")


# --- in a browser -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_customer_analyses_a_domain_and_takes_over_what_is_suggested(page, shop, alice, brand):
    enter(page, shop, "alice")
    page.goto(f"{shop}/domains/{brand.pk}")
    assert everywhere(page) == {}
    page.get_by_role("button", name=re.compile("Analyse")).click()
    expect(page.locator("#score")).to_contain_text("70 of 100")
    expect(page.locator("#header-balance")).to_have_text("95 tokens")
    page.get_by_text("Why this score").click()
    expect(page.get_by_text("+43 for 15 characters in three words")).to_be_visible()
    assert everywhere(page) == {}
    page.get_by_role("button", name="Apply tagline").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("suggestion applied")).to_be_visible()
    assert Brand.objects.get().tagline
    page.get_by_role("button", name="Apply all").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("suggestions applied"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Apply"))).to_have_count(0)
    assert everywhere(page) == {}


@pytest.mark.django_db(transaction=True)
def test_a_customer_analyses_two_of_three(page, shop, alice, many):
    enter(page, shop, "alice")
    page.goto(f"{shop}/domains/")
    for domain in ("chef.com", "codeacademy.com"):
        page.get_by_role("checkbox", name=domain).check()
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#price")).to_have_text("10 tokens")
    assert everywhere(page) == {}
    page.get_by_role("button", name="Analyse for 10 tokens").click()
    expect(page.get_by_text("2 domains analysed, 90 tokens left.")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_the_panel_in_its_other_states_is_accessible(page, shop, alice, brand, model):
    enter(page, shop, "alice")
    analyze(alice.pk, brand.pk)
    page.goto(f"{shop}/domains/{brand.pk}")
    expect(page.get_by_role("status").filter(has_text="is being analysed")).to_be_visible()
    assert everywhere(page) == {}
    model.answer((401, "{}"))
    page.get_by_label("Tagline").fill("Still being typed")
    work_one()
    expect(page.get_by_text("refused the request")).to_be_visible()  # by itself
    expect(page.get_by_label("Tagline")).to_have_value("Still being typed")
    assert everywhere(page) == {}
    hold(alice.pk, "data_export", tokens=91)
    make_brand(alice, "chef.com")
    page.goto(f"{shop}/domains/?tick=all")
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#short")).to_have_text("1 token")
    expect(page.get_by_role("link", name="Buy Starter Pack for $10.00")).to_be_visible()
    assert everywhere(page) == {}
    hold(alice.pk, "data_export", tokens=5)
    page.goto(f"{shop}/domains/{brand.pk}")
    expect(page.locator("#short-of-analysis")).to_contain_text("You have 4")
    assert everywhere(page) == {}
