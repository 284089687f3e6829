"""A key with a cap before the doors: the answers of the API, the page that changes caps, and the list of keys."""

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from accounts import api_keys
from accounts.models import ApiKey, KeyCaps
from devtools.testing.factories import PASSWORD
from tokens.models import TokenUsage
from tokens.spending.key_caps import set_caps
from tokens.spending.spends import spend_once
from tokens.testing.ledger_rows import assert_books_are_right, make_lot
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SPEND, BATCH, HOLDS = "/api/tokens/spend", "/api/tokens/spend/batch", "/api/tokens/holds"
ANALYSIS = {"action": "ai_analysis"}


@pytest.fixture
def rich(alice, time_machine):
    time_machine.move_to(NOON, tick=False)
    make_lot(alice, tokens=1000)
    return alice


def key_of(user, day=None, month=None):
    """The key, and a client that signs in with it."""
    key, text = api_keys.issue(user, name="CI", caps=api_keys.Caps(day, month))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return key, client


@pytest.mark.parametrize(
    ("path", "body"),
    [(SPEND, ANALYSIS), (SPEND, {**ANALYSIS, "metadata": {"a": "x" * 3000}}), (HOLDS, ANALYSIS), (BATCH, None)],
    ids=["fast path", "long body", "hold", "batch"],
)
def test_what_a_key_may_not_spend_is_a_402_that_names_no_pack(rich, path, body):
    _, client = key_of(rich, day=8)
    body = body or {"spends": [ANALYSIS]}
    assert client.post(path, body, format="json").status_code in (200, 201)
    answer = client.post(path, body, format="json")
    assert answer.status_code == 402
    detail = (
        "This needs 5 tokens, and the daily cap of this API key is 8, of which 5 are used. "
        "It resets on Dec 1 at 00:00 UTC; you can raise it on the API keys page."
    )
    assert answer.json() == {
        "type": problem_type("key-limit-reached"),
        "title": "Key limit reached",
        "status": 402,
        "detail": detail,
        "error": "Key limit reached",
        "required": 5,
        "balance": 995,
        "available": 3,
        "period": "day",
        "cap": 8,
        "used": 5,
        "resets_at": "2026-12-01T00:00:00Z",
    }
    quote = client.post("/api/tokens/quote", {"items": [{**ANALYSIS, "count": 1}]}, format="json").json()
    assert (quote["affordable"], quote["smallest_package"]) == (False, None)
    assert key_of(rich)[1].post(path, body, format="json").status_code in (200, 201)
    assert_books_are_right()


def test_an_answer_comes_again_after_the_cap_is_reached_and_items_of_a_batch_too(rich):
    _, client = key_of(rich, day=5)
    named = {"HTTP_IDEMPOTENCY_KEY": "a"}
    first = client.post(SPEND, ANALYSIS, format="json", **named)
    again = client.post(SPEND, ANALYSIS, format="json", **named)
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (200, first.json(), "true")
    spends = [{**ANALYSIS, "key": "a"}, {**ANALYSIS, "key": "b"}]
    answer = client.post(BATCH, {"spends": spends}, format="json")
    assert (answer.status_code, answer.json()["required"]) == (402, 5)
    assert client.post(BATCH, {"spends": spends[:1]}, format="json")["Idempotent-Replayed"] == "true"


# --- pages --------------------------------------------------------------------------------------


@pytest.fixture
def alices(rich, client):
    """alice's browser, signed in with a fresh proof."""
    client.force_login(rich)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_list_shows_what_each_key_has_spent_and_its_caps(rich, alices, time_machine):
    time_machine.move_to(datetime(2026, 12, 2, tzinfo=UTC), tick=False)
    capped, free = key_of(rich, day=100, month=2000)[0], key_of(rich)[0]
    unused = key_of(rich)[0]
    for key in (capped, free):
        spend_once(rich.pk, "data_export", quantity=3, api_key=api_keys.CallingKey(key.pk, key.caps_id))
    time_machine.move_to(datetime(2026, 12, 31, 12, tzinfo=UTC), tick=False)
    for key in (capped, free):
        spend_once(rich.pk, "ai_analysis", api_key=api_keys.CallingKey(key.pk, key.caps_id))
    alices.force_login(rich)
    shown = text_of(alices.get("/accounts/api-keys/"))
    for said in ("Today: 5 of 100", "This month: 35 of 2,000", "Today: 5</div>", "This month: 35</div>"):
        assert shown.count(said) == 1
    for key, times in ((capped, 1), (free, 1), (unused, 0)):
        assert shown.count(f"/tokens/usage?key={key.pk}") == times
    assert "CI (tk_" in text_of(alices.get("/tokens/usage", {"key": capped.pk}))


def test_a_key_is_created_with_caps_on_the_page_and_gets_other_ones(rich, alices):
    asked = {"name": "CI", "scopes": ["spend"], "expires_in_days": "30", "form_key": "x" * 32}
    alices.post("/accounts/api-keys/", {**asked, "day_cap": "100", "month_cap": "2000"})
    alices.post("/accounts/api-keys/", {**asked, "day_cap": "100", "month_cap": "2000"})
    key, caps = ApiKey.objects.get(), KeyCaps.objects.get()
    assert (key.caps, caps.user, caps.day_limit, caps.month_limit) == (caps, rich, 100, 2000)
    address = f"/tokens/api-keys/{key.pk}/caps"
    assert address in text_of(alices.get("/accounts/api-keys/"))
    assert "0 of 2,000" in text_of(alices.get(address))
    answer = alices.post(address, {"day_cap": "90", "month_cap": "2000"}, follow=True)
    assert "Today: 0 of 90" in text_of(answer)


@pytest.mark.parametrize(
    ("password", "says", "caps"),
    [
        ("", "Enter your password to raise", (8, 9)),
        ("wrong", "password", (8, 9)),
        (PASSWORD, "Changes saved", (8, None)),
    ],
)
def test_a_cap_is_raised_with_the_password(rich, alices, password, says, caps):
    key, _ = key_of(rich, 8, 9)
    answer = alices.post(f"/tokens/api-keys/{key.pk}/caps", {"day_cap": "8", "password": password}, follow=True)
    assert says in text_of(answer)
    assert KeyCaps.objects.values_list("day_limit", "month_limit").get() == caps


@pytest.mark.parametrize("text", ["-1", "many", "1e3", "99999999999"])
def test_nonsense_is_no_cap(rich, alices, text):
    key, _ = key_of(rich)
    assert 'class="errors"' in text_of(alices.post(f"/tokens/api-keys/{key.pk}/caps", {"day_cap": text}))
    asked = {"name": "CI", "scopes": ["spend"], "form_key": "x" * 32, "month_cap": text}
    assert 'class="errors"' in text_of(alices.post("/accounts/api-keys/", asked))
    assert (KeyCaps.objects.count(), ApiKey.objects.count()) == (0, 1)


def test_caps_of_somebody_else_or_of_a_key_that_is_over_are_not_found(rich, bob, alices):
    theirs, over = key_of(bob, 5)[0], key_of(rich, 5)[0]
    api_keys.revoke(over)
    for key in (theirs, over):
        assert alices.get(f"/tokens/api-keys/{key.pk}/caps").status_code == 404
        assert alices.post(f"/tokens/api-keys/{key.pk}/caps", {"day_cap": "1"}).status_code == 404


def test_a_cap_is_lowered_without_a_proof_and_not_by_a_stranger(rich, client):
    key, by_key = key_of(rich, day=9)
    address = f"/tokens/api-keys/{key.pk}/caps"
    for stranger in (client, by_key):
        assert stranger.post(address, {"day_cap": "1"})["Location"].startswith("/accounts/login/")
    client.force_login(rich)
    assert client.post(address, {"day_cap": "1"}).status_code == 303
    assert KeyCaps.objects.get().day_limit == 1


def test_staff_see_caps_and_what_is_used(rich, staff, client):
    key, by_key = key_of(rich, day=100)
    client.force_login(staff)
    by_key.post(SPEND, ANALYSIS, format="json")
    address = f"/admin/accounts/apikey/{key.pk}/change/"
    assert "5 of 100 tokens today" in text_of(client.get(address))
    set_caps(key, api_keys.Caps(100, 2000), is_proven=False)
    assert "5 of 100 tokens today, 5 of 2,000 tokens this month" in text_of(client.get(address))
    assert TokenUsage.objects.count() == 1
