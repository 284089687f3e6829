"""Tokens that staff give, take, stop and give back: the right people, once, and with a row that says who and why."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from tokens import jobs
from tokens.errors import HoldEnded, InsufficientTokens, NotPermitted
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import Grant, GrantBatch, StaffAct, TokenUsage
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend, spend_tokens
from tokens.staff import batches, granting, stopping
from tokens.staff.acts import Why
from tokens.staff.grants import grant as gift
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.office import hidden, hire, page, press, told
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def rich(alice):
    """alice, with 100 tokens."""
    gift(alice, tokens=100, reason="To begin with", by=None)
    return alice


def acts():
    return list(StaffAct.objects.order_by("pk").values_list("by__username", "verb", "user__username"))


# --- granting and deducting ---------------------------------------------------------------


def test_support_grants_up_to_its_limit_and_a_manager_any_number(alice):
    support, manager = hire("support"), hire("manager")
    granting.grant(alice, tokens=100, why=Why(support, "Goodwill"))
    with pytest.raises(NotPermitted, match="at most 100"):
        granting.grant(alice, tokens=101, why=Why(support, "Goodwill"))
    granting.grant(alice, tokens=1000, why=Why(manager, "Promotion"))
    assert get_token_balance(alice.pk) == 1100
    assert acts() == [("support", "grant", "alice"), ("manager", "grant", "alice")]


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_other_roles_grant_nothing(alice, role):
    with pytest.raises(NotPermitted):
        granting.grant(alice, tokens=1, why=Why(hire(role), "Goodwill"))
    assert acts() == []


def test_a_grant_with_a_key_is_made_and_written_down_once(alice):
    why = Why(hire("support"), "Goodwill", "Sorry")
    rows = {granting.grant(alice, tokens=5, why=why, key="k").pk for _ in range(2)}
    assert len(rows) == 1
    assert (Grant.objects.get().reason, len(acts())) == ("Goodwill: Sorry", 1)


def test_only_finance_deducts_and_never_more_than_there_is(rich):
    finance = hire("finance")
    granting.deduct(rich, tokens=60, why=Why(finance, "Correction"))
    with pytest.raises(InsufficientTokens):
        granting.deduct(rich, tokens=41, why=Why(finance, "Correction"))
    with pytest.raises(NotPermitted):
        granting.deduct(rich, tokens=1, why=Why(hire("support"), "Correction"))
    assert get_token_balance(rich.pk) == 40
    assert acts() == [("finance", "deduct", "alice")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_deductions_and_spends_at_once_never_go_below_zero(alice):
    gift(alice, tokens=100, reason="To begin with", by=None)
    finance = hire("finance")

    def work(number):
        if number % 2:
            return spend(alice, "data_export")
        return granting.deduct(alice, tokens=30, why=Why(finance, "Correction"))

    at_once(work)
    assert 0 <= get_token_balance(alice.pk) <= 10
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_grant_sent_eight_times_at_once_is_one(alice):
    why = Why(hire("support"), "Goodwill")
    rows = at_once(lambda _: granting.grant(alice, tokens=5, why=why, key="k").pk)
    assert len(set(rows)) == 1
    assert (get_token_balance(alice.pk), len(acts())) == (5, 1)


# --- stopping ----------------------------------------------------------------------------


def test_a_stopped_wallet_spends_holds_and_loses_nothing_until_it_is_allowed_again(rich, api, client):
    finance = hire("finance")
    for _ in range(2):
        stopping.block(rich, why=Why(finance, "Abuse"))
    assert not spend_tokens(rich.pk, "import_domain")
    with pytest.raises(InsufficientTokens, match="Spending is suspended"):
        hold(rich, "import_domain")
    answer = api(rich).post("/api/tokens/spend", {"action": "import_domain"})
    assert (answer.status_code, answer.json()["available"]) == (402, 0)
    assert "Spending is suspended" in answer.json()["detail"]
    client.force_login(rich)
    assert "Spending is suspended" in client.get("/tokens/").content.decode()
    stopping.unblock(rich, why=Why(finance, "Cleared"))
    assert spend_tokens(rich.pk, "import_domain")
    assert acts() == [("finance", "block", "alice"), ("finance", "unblock", "alice")]


def test_support_stops_nobody(rich):
    with pytest.raises(NotPermitted):
        stopping.block(rich, why=Why(hire("support"), "Abuse"))
    assert read_wallet(rich.pk).blocked_at is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_is_spent_after_a_stop_that_ran_beside_spends(alice):
    gift(alice, tokens=100, reason="To begin with", by=None)
    why = Why(hire("finance"), "Abuse")
    outcomes = at_once(lambda number: spend(alice, "data_export") if number else stopping.block(alice, why=why))
    spent = sum(not isinstance(outcome, Exception) for outcome in outcomes) - 1
    assert get_token_balance(alice.pk) == 100 - 10 * spent
    assert not spend_tokens(alice.pk, "data_export")


# --- holds -------------------------------------------------------------------------------


def test_a_hold_explains_itself_and_is_released_once(client, rich):
    usage = hold(rich, "data_export")
    client.force_login(hire("support"))
    shown = client.get(page("tokens_tokenusage", "change", usage.pk)).content.decode()
    assert "Released automatically on" in shown
    address = page("tokens_tokenusage", "release", usage.pk)
    assert address in shown
    answers = press(client, address)
    assert told(answers[0]) == [f"Hold {usage.pk} released."]
    assert get_token_balance(rich.pk) == 100
    assert acts() == [("support", "release a hold", "alice")]
    assert address not in client.get(page("tokens_tokenusage", "change", usage.pk)).content.decode()


@pytest.mark.breaks_the_books
def test_a_hold_that_goes_on_for_too_long_says_so_and_is_listed_as_stuck(client, rich, bob):
    gift(bob, tokens=50, reason="To begin with", by=None)
    stuck, fresh = hold(rich, "data_export"), hold(bob, "data_export")
    released = release(hold(bob, "ai_analysis"))
    TokenUsage.objects.filter(pk__in=[stuck.pk, released.pk]).update(created_at=timezone.now() - timedelta(hours=2))
    client.force_login(hire("support"))
    lists = {
        asked: [
            row.pk
            for row in client.get(page("tokens_tokenusage", "changelist"), {"holds": asked}).context["cl"].result_list
        ]
        for asked in ("stuck", "open")
    }
    assert lists == {"stuck": [stuck.pk], "open": [fresh.pk, stuck.pk]}
    said = {row.pk: client.get(page("tokens_tokenusage", "change", row.pk)).content.decode() for row in (stuck, fresh)}
    assert "On hold longer than usual; the client may have stopped." in said[stuck.pk]
    assert "On hold, in progress." in said[fresh.pk]
    TokenUsage.objects.filter(pk=stuck.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    over = client.get(page("tokens_tokenusage", "change", stuck.pk)).content.decode()
    assert "Expired: the tokens will be released within a minute." in over


def test_a_hold_that_was_captured_meanwhile_is_not_released(rich):
    usage = hold(rich, "data_export")
    capture(usage)
    with pytest.raises(HoldEnded):
        stopping.release(usage, why=Why(hire("support"), "Stuck"))
    assert acts() == []


def test_an_auditor_releases_nothing(client, rich):
    usage = hold(rich, "data_export")
    client.force_login(hire("auditor"))
    address = page("tokens_tokenusage", "release", usage.pk)
    assert address not in client.get(page("tokens_tokenusage", "change", usage.pk)).content.decode()
    assert client.post(address, {"_form_submitted": "True", "form_key": "k", "reason": "x"}).status_code == 403
    assert get_token_balance(rich.pk) == 90


# --- lists -------------------------------------------------------------------------------

LIST = page("tokens_grantbatch", "grant_to_a_list")


def fill_list(client, emails, **fields):
    form = client.get(LIST)
    body = {"key": hidden(form, "key"), "emails": emails, "tokens": "20", "reason": "Promotion", "note": "Spring"}
    return {**body, **fields}


def confirm_list(client, body):
    """Press the button of the preview of these values."""
    return client.post(LIST, {**body, "_confirm": hidden(client.post(LIST, body), "_confirm")})


def test_a_list_is_previewed_then_granted_in_the_background_once(client, alice, bob):
    client.force_login(hire("support"))
    body = fill_list(client, "ALICE@example.com, bob@example.com;nobody@example.com\nalice@example.com")
    shown = " ".join(client.post(LIST, body).content.decode().split())
    assert "2 of 3 addresses found: 40 tokens in total." in shown
    assert not GrantBatch.objects.exists()
    answers = [confirm_list(client, body) for _ in range(2)]
    batch = GrantBatch.objects.get()
    assert {answer["Location"] for answer in answers} == {page("tokens_grantbatch", "change", batch.pk)}
    assert "Waiting to start" in client.get(answers[0]["Location"]).content.decode()
    assert jobs.run_due()["lists granted"] == 1
    assert jobs.run_due()["lists granted"] == 0
    batch.refresh_from_db()
    assert (batch.status, batch.worked, batch.granted, batch.unknown) == ("done", 3, 2, ["nobody@example.com"])
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [20, 20]
    assert "Done" in client.get(answers[0]["Location"]).content.decode()
    assert acts()[0] == ("support", "grant to a list", None)
    assert sorted(acts()[1:]) == [("support", "grant", "alice"), ("support", "grant", "bob")]
    assert LogEntry.objects.get().change_message == "Granted to a list. Reason: Promotion: Spring"


@pytest.mark.parametrize("change", [{"tokens": "50"}, {"emails": "bob@example.com"}, {"expires_at": "2099-01-01"}])
def test_only_what_was_previewed_is_granted_to_a_list(client, alice, bob, change):
    client.force_login(hire("support"))
    body = fill_list(client, alice.email)
    seen = hidden(client.post(LIST, body), "_confirm")
    assert seen
    assert client.post(LIST, {**body, **change, "_confirm": seen}).status_code == 200
    assert not GrantBatch.objects.exists()


def test_a_form_that_started_one_list_starts_no_other(client, alice, bob):
    client.force_login(hire("support"))
    body = fill_list(client, alice.email)
    confirm_list(client, body)
    answer = confirm_list(client, {**body, "emails": "bob@example.com"})
    assert told(answer)[-1].startswith("This form already started another list.")
    assert GrantBatch.objects.get().emails == ["alice@example.com"]


def test_a_worker_that_died_over_a_list_is_followed_by_one_that_grants_nobody_twice(alice, bob, monkeypatch):
    monkeypatch.setattr(batches, "AT_A_TIME", 1)
    why = Why(hire("support"), "Promotion")
    key = uuid.uuid4()
    batch = batches.start([alice.email, bob.email], tokens=20, why=why, key=key)
    claimed = batches._claim(batch.created_at)
    assert claimed
    batches._step(claimed)
    GrantBatch.objects.update(worked=0, lease_until=batch.created_at)  # died before it could write how far it was
    assert batches.work_one()
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [20, 20]
    assert not batches.work_one()


def test_a_list_whose_day_was_over_before_it_was_worked_grants_nobody_and_says_so(client, alice, bob):
    member = hire("support")
    soon = timezone.now() + timedelta(hours=1)
    why, key = Why(member, "Promotion"), uuid.uuid4()
    batch = batches.start([alice.email, bob.email], tokens=20, why=why, expires_at=soon, key=key)
    GrantBatch.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert batches.work_one()
    assert not batches.work_one()
    batch.refresh_from_db()
    assert (batch.status, batch.granted, Grant.objects.count()) == ("done", 0, 0)
    client.force_login(member)
    shown = client.get(page("tokens_grantbatch", "change", batch.pk)).content.decode()
    assert "The tokens expired before the remaining addresses were processed." in shown


def test_the_limit_of_a_role_is_for_each_person_of_a_list(client, alice):
    client.force_login(hire("support"))
    shown = confirm_list(client, fill_list(client, alice.email, tokens="101"))
    assert "at most 100 tokens" in shown.content.decode()
    assert not GrantBatch.objects.exists()
    with pytest.raises(NotPermitted):
        batches.start(
            [alice.email], tokens=101, why=Why(hire("support", username="two"), "Promotion"), key=uuid.uuid4()
        )


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_other_roles_grant_no_list(client, role):
    client.force_login(hire(role))
    assert LIST not in client.get(page("tokens_grantbatch", "changelist")).content.decode()
    assert client.get(LIST).status_code == 403
    assert client.post(LIST, {"_confirm": "1"}).status_code == 403
