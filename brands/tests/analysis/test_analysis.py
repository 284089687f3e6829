"""The life of an analysis: held, made, paid for once, or nothing."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from brands import editing
from brands.analysis import checks, running
from brands.analysis.applying import apply_suggestion
from brands.analysis.engines import RULES_LABEL, engine_now, label_of
from brands.analysis.quoting import price_of_one, quote_analyses
from brands.analysis.running import analyze, analyze_many, work_one
from brands.errors import BadChoice, NothingSuggested, UnknownBrand
from brands.models import Analysis, Brand
from brands.testing.analysis_rows import paid, settled
from brands.testing.model_server import GOOD
from brands.testing.rows import make_brand
from tokens.errors import InsufficientTokens
from tokens.ledger.due import apply_due_everywhere
from tokens.ledger.wallet import get_token_balance
from tokens.models import ActionCost, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, hold, release
from tokens.testing.ledger_rows import entries_of
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand(alice):
    simulate_token_purchase(alice.pk, "starter")
    return make_brand(alice, "tasty-thai-food.com")


# --- rules ---------------------------------------------------------------------------


def test_without_a_model_the_rules_answer_at_once_for_five_tokens(alice, brand):
    analysis = analyze(alice.pk, brand.pk)
    assert settled(analysis) == ("done", "", None)
    assert (analysis.engine, analysis.model, analysis.prompt_version) == ("rules", "", "rules-3")
    assert (analysis.result or {})["name"] == "Tasty Thai Food"
    assert paid(alice) == (95, [("spent", 5)])
    assert TokenUsage.objects.get().metadata == {"domain": "tasty-thai-food.com"}
    assert entries_of(alice)[1:] == [("hold", -5, 95)]
    assert (work_one(), label_of("rules")) == (False, RULES_LABEL)


def test_with_too_few_tokens_nothing_is_started(alice, brand):
    hold(alice.pk, "data_export", tokens=96)
    with pytest.raises(InsufficientTokens, match="needs 5 tokens; you have 4 available"):
        analyze(alice.pk, brand.pk)
    assert Analysis.objects.count() == 0


def test_rules_may_be_free(alice, brand, settings):
    settings.RULES_ANALYSIS_COSTS = False
    assert (price_of_one(), quote_analyses(alice.pk, 3).total) == (0, 0)
    assert (analyze(alice.pk, brand.pk).status, paid(alice)) == ("done", (100, []))


def test_a_form_that_is_sent_twice_acts_once(alice, brand):
    first = analyze(alice.pk, brand.pk, seen=0)
    assert analyze(alice.pk, brand.pk, seen=0) == first
    assert analyze(alice.pk, brand.pk, seen=first.pk) != first
    assert get_token_balance(alice.pk) == 90


def test_a_fault_of_ours_charges_nothing_and_is_told(alice, brand, monkeypatch):
    monkeypatch.setattr("brands.analysis.rules.analyse", lambda subject: 1 / 0)
    analysis = analyze(alice.pk, brand.pk)
    assert settled(analysis) == ("failed", "Something went wrong on our side. Nothing was charged.", None)
    assert paid(alice) == (100, [("released", 0)])


def test_what_the_rules_left_when_their_request_died_is_taken_over_by_the_worker(alice, brand, monkeypatch):
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(running, "_run", lambda analysis: analysis)
        analysis = analyze(alice.pk, brand.pk)
    assert (analysis.status, work_one()) == ("running", False)
    Analysis.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work_one()
    assert settled(analysis)[0] == "done"
    assert paid(alice) == (95, [("spent", 5)])


# --- whose ---------------------------------------------------------------------------


def test_nobody_analyses_what_is_anothers_or_not_there_yet(alice, bob, brand):
    simulate_token_purchase(bob.pk, "starter")
    staged = make_brand(bob, "ocean.com", is_staged=True)
    for pk in (brand.pk, staged.pk, 10**9):
        with pytest.raises(UnknownBrand):
            analyze(bob.pk, pk)
    assert get_token_balance(bob.pk) == 100


# --- holds that end otherwise, workers that die ------------------------------------------


def die_over(analysis):
    """A worker claims it and is never heard of again; its lease is over."""
    claimed = running._claim()
    assert claimed == analysis
    Analysis.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    return claimed


def test_a_worker_that_comes_late_after_a_takeover_changes_nothing(alice, brand, model):
    analysis = analyze(alice.pk, brand.pk)
    late = die_over(analysis)
    assert work_one()
    running._finish(late, {**GOOD, "score": 1}, duration_ms=1)
    running._fail(late, "Too late.")
    assert settled(analysis)[0] == "done"
    assert ((analysis.result or {})["score"], paid(alice)) == (71, (95, [("spent", 5)]))


def test_a_worker_that_fails_late_takes_nothing_from_the_one_that_took_over(alice, brand, model):
    analysis = analyze(alice.pk, brand.pk)
    late = die_over(analysis)
    following = running._claim()
    assert following
    running._fail(late, "Too late.")
    running._finish(late, {**GOOD, "score": 1}, duration_ms=1)
    assert (settled(analysis)[0], paid(alice)) == ("running", (95, [("held", 5)]))
    running._finish(following, GOOD, duration_ms=1)
    assert (settled(analysis)[0], analysis.result, paid(alice)) == ("done", GOOD, (95, [("spent", 5)]))


def test_what_kills_three_workers_is_given_up(alice, brand, model):
    analysis = analyze(alice.pk, brand.pk)
    for _ in range(3):
        die_over(analysis)
    assert work_one()
    assert settled(analysis)[1] == "It was interrupted 3 times. Nothing was charged."
    assert (model.asked, paid(alice)) == ([], (100, [("released", 0)]))


def test_a_hold_that_expired_in_the_queue_fails_the_analysis(alice, brand, model):
    analysis = analyze(alice.pk, brand.pk)
    TokenUsage.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    alice.wallet.due_at = timezone.now() - timedelta(seconds=1)
    alice.wallet.save()
    apply_due_everywhere()
    work_one()
    assert (settled(analysis)[0], model.asked, paid(alice)) == ("failed", [], (100, [("released", 0)]))


def test_a_hold_that_its_owner_captured_for_less_pays_for_no_analysis(alice, brand, model):
    analysis = analyze(alice.pk, brand.pk)
    capture(TokenUsage.objects.get(), tokens=1)
    work_one()
    assert settled(analysis)[:2] == (
        "failed",
        "The tokens on hold for it were captured before it finished.",
    )
    assert (analysis.result, paid(alice)) == (None, (99, [("spent", 1)]))


def test_a_hold_that_its_owner_released_pays_for_no_analysis(alice, brand, model):
    analysis = analyze(alice.pk, brand.pk)
    release(TokenUsage.objects.get())
    work_one()
    assert (settled(analysis)[0], analysis.result, model.asked, get_token_balance(alice.pk)) == (
        "failed",
        None,
        [],
        100,
    )


def test_a_brand_removed_while_it_is_analysed_gives_the_tokens_back(alice, brand, model):
    analyze(alice.pk, brand.pk)
    claimed = running._claim()
    assert claimed
    editing.remove(alice.pk, [brand.pk])
    assert running._finish(claimed, GOOD, duration_ms=1) == claimed
    assert (Analysis.objects.count(), paid(alice)) == (0, (100, [("released", 0)]))


# --- many ------------------------------------------------------------------------------


def test_many_are_started_all_or_none(alice, brand):
    brands = [brand, *(make_brand(alice, f"chef{number}.com") for number in range(19))]
    found = analyze_many(alice.pk, [row.pk for row in brands])
    assert [analysis.brand for analysis in found] == brands
    assert {analysis.status for analysis in found} == {"done"}
    assert get_token_balance(alice.pk) == 0
    simulate_token_purchase(alice.pk, "starter")
    brands.append(make_brand(alice, "one-too-many.com"))
    with pytest.raises(InsufficientTokens, match="needs 105 tokens; you have 100 available"):
        analyze_many(alice.pk, [row.pk for row in brands])
    assert (Analysis.objects.count(), get_token_balance(alice.pk)) == (20, 100)


def test_among_many_those_under_way_are_not_charged_again(alice, brand, model):
    other = make_brand(alice, "chef.com")
    analyze(alice.pk, brand.pk)
    assert len(analyze_many(alice.pk, [brand.pk, other.pk, other.pk])) == 2
    assert paid(alice) == (90, [("held", 5), ("held", 5)])


# --- taking over -------------------------------------------------------------------------


def test_a_suggestion_is_taken_over_field_by_field(alice, brand):
    analysis = analyze(alice.pk, brand.pk)
    for field in ("category", "name", "tagline", "region"):
        apply_suggestion(alice.pk, brand.pk, field)
    brand.refresh_from_db()
    assert (brand.category_id, brand.name, brand.slug) == ("cooking", "Tasty Thai Food", "tasty-thai-food")
    assert (brand.tagline, brand.region, brand.purpose) == ((analysis.result or {})["tagline"], "Worldwide", "")


def test_only_what_was_suggested_for_ones_own_brand_is_taken_over(alice, bob, brand):
    with pytest.raises(NothingSuggested):
        apply_suggestion(alice.pk, brand.pk, "tagline")
    analysis = analyze(alice.pk, brand.pk)
    for field in ("score", "domain", "owner_id", ""):
        with pytest.raises(BadChoice, match="Use: name, category"):
            apply_suggestion(alice.pk, brand.pk, field)
    with pytest.raises(UnknownBrand):
        apply_suggestion(bob.pk, brand.pk, "tagline", analysis_id=analysis.pk)
    others = make_brand(alice, "ocean.com")
    with pytest.raises(NothingSuggested):
        apply_suggestion(alice.pk, others.pk, "tagline", analysis_id=analysis.pk)
    assert set(Brand.objects.values_list("tagline", flat=True)) == {""}


# --- settings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "model", "key", "problems"),
    [
        ("", "", "", []),
        ("http://localhost:11434/v1", "small", "", []),
        ("", "small", "sk-1", []),
        ("http://localhost:11434/v1", "", "", ["brands.E001"]),
        ("", "small", "", ["brands.E001"]),
        ("", "", "sk-1", ["brands.E001"]),
        ("localhost:11434", "small", "", ["brands.E002"]),
    ],
)
def test_half_a_model_is_refused_at_the_start(settings, base_url, model, key, problems):
    settings.ANALYSIS_BASE_URL, settings.ANALYSIS_MODEL, settings.ANALYSIS_API_KEY = base_url, model, key
    assert [problem.id for problem in run_checks() if str(problem.id).startswith("brands.")] == problems
    assert (engine_now() == "model") == ((bool(model) and not problems) or problems == ["brands.E002"])
    settings.ANALYSIS_TIMEOUT_SECONDS = 0
    assert checks.analysis_model(None)[-1].id == "brands.E003"


def test_the_price_is_that_of_the_catalogue(alice, brand):
    ActionCost.objects.filter(key="ai_analysis").update(tokens=7)
    assert (price_of_one(), quote_analyses(alice.pk, 3).total) == (7, 21)
    analyze(alice.pk, brand.pk)
    assert get_token_balance(alice.pk) == 93


# --- at once ---------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_requests_at_once_start_one_analysis_and_pay_once(alice, brand, model):
    outcomes = at_once(lambda _: analyze(alice.pk, brand.pk).pk)
    assert set(outcomes) == {Analysis.objects.get().pk}
    assert paid(alice) == (95, [("held", 5)])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_make_each_analysis_once(alice, brand, model):
    brands = [brand, *(make_brand(alice, f"chef{number}.com") for number in range(3))]
    analyze_many(alice.pk, [row.pk for row in brands])
    outcomes = at_once(lambda _: work_one())
    assert sorted(outcomes) == [False] * 4 + [True] * 4
    assert (len(model.asked), paid(alice)) == (4, (80, [("spent", 5)] * 4))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_requests_at_once_with_tokens_for_three(alice):
    simulate_token_purchase(alice.pk, "starter")
    hold(alice.pk, "data_export", tokens=83)
    brands = [make_brand(alice, f"chef{number}.com") for number in range(8)]
    outcomes = at_once(lambda number: analyze(alice.pk, brands[number].pk))
    assert sum(isinstance(outcome, InsufficientTokens) for outcome in outcomes) == 5
    assert (Analysis.objects.filter(status="done").count(), get_token_balance(alice.pk)) == (3, 2)
