"""POST /api/domains/<id>/analyze, and the address that says how it is."""

import pytest

from brands.analysis.running import work_one
from brands.models import Analysis
from brands.records import in_utc
from brands.testing.model_server import GOOD
from brands.testing.rows import make_brand
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand(alice):
    simulate_token_purchase(alice.pk, "starter")
    return make_brand(alice, "tasty-thai-food.com")


def test_the_rules_answer_200_with_the_analysis(api, alice, brand):
    answer = api(alice).post(f"/api/domains/{brand.pk}/analyze")
    analysis = Analysis.objects.get()
    body = answer.json()
    result = body.pop("result")
    assert answer.status_code == 200
    assert body == {
        "id": analysis.pk,
        "domain_id": brand.pk,
        "status": "done",
        "engine": "rules",
        "label": "Rule-based analysis - no AI model configured",
        "model": "",
        "prompt_version": "rules-3",
        "error": "",
        "duration_ms": analysis.duration_ms,
        "tokens_spent": 5,
        "balance": 95,
        "url": f"/api/domains/{brand.pk}/analyses/{analysis.pk}",
        "created_at": in_utc(analysis.created_at),
        "finished_at": in_utc(analysis.finished_at or analysis.created_at),
    }
    assert result == analysis.result
    assert (result["category"], result["score"], set(result)) == ("cooking", 70, set(GOOD))
    assert api(alice).get(body["url"]).json() == {**body, "result": result}


def test_a_model_answers_202_at_once_with_the_address_to_ask(api, alice, brand, model):
    client = api(alice)
    answer = client.post(f"/api/domains/{brand.pk}/analyze")
    asked = answer.json()
    assert (answer.status_code, asked["status"], asked["result"], model.asked) == (202, "queued", None, [])
    assert (asked["tokens_spent"], asked["balance"]) == (0, 95)
    again = client.post(f"/api/domains/{brand.pk}/analyze")
    assert (again.status_code, again.json()) == (202, asked)
    work_one()
    done = client.get(asked["url"]).json()
    assert (done["status"], done["engine"], done["model"], done["label"]) == (
        "done",
        "model",
        "small",
        "AI analysis by small",
    )
    assert (done["result"], done["tokens_spent"], done["balance"]) == (GOOD, 5, 95)


def test_an_analysis_that_failed_says_so_and_costs_nothing(api, alice, brand, model):
    model.answer((401, "{}"))
    url = api(alice).post(f"/api/domains/{brand.pk}/analyze").json()["url"]
    work_one()
    failed = api(alice).get(url).json()
    assert (failed["status"], failed["error"], failed["result"], failed["tokens_spent"], failed["balance"]) == (
        "failed",
        "The AI model refused the request (HTTP 401). Nothing was charged.",
        None,
        0,
        100,
    )


def test_too_few_tokens_are_the_same_402(api, alice, brand):
    hold(alice.pk, "data_export", tokens=97)
    answer = api(alice).post(f"/api/domains/{brand.pk}/analyze")
    body = answer.json()
    assert answer.status_code == 402
    assert (body["error"], body["required"], body["balance"], body["available"], body["shortfall"]) == (
        "Insufficient tokens",
        5,
        3,
        3,
        2,
    )
    assert (body["smallest_package"], Analysis.objects.count()) == ("starter", 0)


def test_the_same_key_gets_the_first_answer_and_pays_once(api, alice, brand):
    client = api(alice)
    first, again = (
        client.post(f"/api/domains/{brand.pk}/analyze", headers={"Idempotency-Key": "k1"}) for _ in range(2)
    )
    assert (again.json(), again.status_code, again["Idempotent-Replayed"]) == (first.json(), 200, "true")
    assert get_token_balance(alice.pk) == 95
    assert client.post(f"/api/domains/{brand.pk}/analyze").json()["balance"] == 90


def test_a_replay_of_what_was_under_way_stays_a_202(api, alice, brand, model):
    client = api(alice)
    answers = []
    for _ in range(2):
        answers.append(client.post(f"/api/domains/{brand.pk}/analyze", headers={"Idempotency-Key": "k1"}))
        work_one()
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()


def test_nobody_analyses_or_reads_what_is_anothers(api, alice, bob, brand, client):
    simulate_token_purchase(bob.pk, "starter")
    url = api(alice).post(f"/api/domains/{brand.pk}/analyze").json()["url"]
    other = make_brand(alice, "ocean.com")
    assert api(bob).post(f"/api/domains/{brand.pk}/analyze").status_code == 404
    assert api(bob).get(url).status_code == 404
    assert api(alice).get(url.replace(f"/{brand.pk}/", f"/{other.pk}/")).status_code == 404
    assert api(alice).get(f"/api/domains/{brand.pk}/analyses/999999").json()["error"] == "Unknown analysis"
    assert (client.post(f"/api/domains/{brand.pk}/analyze").status_code, client.get(url).status_code) == (401, 401)
    assert api(alice).get(f"/api/domains/{brand.pk}/analyze").status_code == 405
    assert get_token_balance(bob.pk) == 100


def test_analysing_takes_as_many_statements_however_long_the_history(api, alice, brand, django_assert_max_num_queries):
    client = api(alice)
    for _ in range(3):
        client.post(f"/api/domains/{brand.pk}/analyze")
        with django_assert_max_num_queries(29):
            client.post(f"/api/domains/{brand.pk}/analyze")
