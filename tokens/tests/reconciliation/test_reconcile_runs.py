"""Runs of the reconciliation: since when, how often, by how many at once, at what cost, and what the command says."""

from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stripe_sandbox import testing
from tokens.errors import StripeFailed
from tokens.ledger.wallet import get_token_balance
from tokens.models import Reconciliation
from tokens.reconciliation import run as module
from tokens.reconciliation.events import TYPES_AT_ONCE
from tokens.reconciliation.run import EVERY, FARTHEST, OVERLAP, reconcile, reconcile_hourly, reconciles
from tokens.stripe_api import gateway
from tokens.sweep import sweep
from tokens.testing.ledger_rows import assert_books_are_right, entries_of
from tokens.testing.races import at_once
from tokens.webhooks.inbox import handled_types

pytestmark = pytest.mark.django_db
STEP = "differences with Stripe fixed"


@pytest.fixture
def unheard(sandbox, alice):
    """a payment whose event never came."""
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    return purchase


def ran(*, since, started, finished=True):
    """A run that was, so many days ago."""
    now = timezone.now()
    number = Reconciliation.objects.count() + 1
    return Reconciliation.objects.create(
        pk=number,
        since=now - timedelta(days=since),
        started_at=now - timedelta(days=started),
        finished_at=now if finished else None,
    )


# --- the command -----------------------------------------------------------------------


def test_the_command_prints_what_it_repaired_and_then_that_the_books_agree(unheard, capsys):
    call_command("reconcile", "--since", "2026-01-02")
    session = f"checkout session {unheard.stripe_checkout_session_id}"
    assert capsys.readouterr().out == (
        f"{session}: purchase {unheard.pk} pending here, complete/paid at Stripe; repaired.\n"
        "In sync with Stripe since 2026-01-02 00:00: 1 difference fixed.\n"
    )
    call_command("reconcile", "--since", "2026-01-02")
    assert capsys.readouterr().out == ("In sync with Stripe since 2026-01-02 00:00: 0 differences fixed.\n")


def test_the_command_fails_while_a_difference_remains(unheard, capsys):
    type(unheard).objects.update(amount_cents=1)
    with pytest.raises(CommandError, match="0 fixed, 1 open") as failure:
        call_command("reconcile")
    assert failure.value.returncode == 1
    assert capsys.readouterr().out.count("; not repaired: ") == 1


def test_a_stripe_that_cannot_be_reached_is_said_and_the_run_stays_unfinished(settings, capsys):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="could be compared"):
        call_command("reconcile")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("The comparison of subscriptions did not finish, nor did what comes after it: Stripe")
    assert Reconciliation.objects.get().finished_at is None


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T08:30", datetime(2026, 1, 2, 8, 30, tzinfo=UTC)),
        ("2026-01-02T08:30Z", datetime(2026, 1, 2, 8, 30, tzinfo=UTC)),
        ("2026-01-02T08:30:00+02:00", datetime(2026, 1, 2, 6, 30, tzinfo=UTC)),
    ],
)
def test_since_may_be_a_date_or_a_time(sandbox, text, since):
    call_command("reconcile", "--since", text)
    assert Reconciliation.objects.get().since == since


@pytest.mark.parametrize(
    ("text", "ago"), [("7d", timedelta(days=7)), ("12h", timedelta(hours=12)), ("30m", timedelta(minutes=30))]
)
def test_since_may_be_an_age(sandbox, text, ago):
    call_command("reconcile", "--since", text)
    assert abs(timezone.now() - ago - Reconciliation.objects.get().since) < timedelta(seconds=20)


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7w", "2026-13-01", "3000-01-01", "0001-01-01", "999999d"])
def test_since_anything_else_is_refused_with_a_sentence(sandbox, text):
    with pytest.raises(CommandError, match=rf"“{text}” isn't a time in the past. Use a date"):
        call_command("reconcile", f"--since={text}")
    assert not Reconciliation.objects.exists()


# --- since when -------------------------------------------------------------------------


def since_of_next_run():
    """How many days the next run looks back, to the hour."""
    run = reconcile()
    return round((run.started_at - run.since) / timedelta(days=1), 1)


def test_the_first_run_looks_as_far_back_as_stripe_keeps_events(sandbox):
    assert since_of_next_run() == FARTHEST.days


def test_the_next_run_looks_back_to_the_last_one_and_some_days_more(sandbox):
    ran(since=20, started=0.5)
    assert since_of_next_run() == 30
    ran(since=30, started=0.5)
    assert since_of_next_run() == OVERLAP.days + 0.0


def test_a_run_that_did_not_finish_or_left_out_some_days_does_not_count(sandbox):
    ran(since=40, started=9)
    ran(since=12, started=2, finished=False)
    ran(since=1, started=0.1)
    assert since_of_next_run() == 9 + OVERLAP.days


def test_no_run_looks_back_farther_than_stripe_keeps_events(sandbox):
    ran(since=31, started=29)
    assert since_of_next_run() == FARTHEST.days


# --- how often, and how many at once ------------------------------------------------------


def test_the_sweep_reconciles_once_an_hour(sandbox, alice, bob):
    sandbox.pay(sandbox.buy(alice))
    assert sweep()[STEP] == 1
    sandbox.pay(sandbox.buy(bob))
    assert (sweep()[STEP], get_token_balance(bob.pk)) == (0, 0)
    Reconciliation.objects.update(started_at=timezone.now() - EVERY)
    assert (sweep()[STEP], get_token_balance(bob.pk)) == (1, 500)
    assert Reconciliation.objects.count() == 2


def test_what_the_sweep_cannot_repair_is_logged_as_an_error_each_time(unheard, caplog):
    type(unheard).objects.update(amount_cents=1)
    for _ in range(2):
        caplog.clear()
        sweep()
        assert [record.levelname for record in caplog.records if "; not repaired: " in record.message] == ["ERROR"]
        Reconciliation.objects.update(started_at=timezone.now() - EVERY)


def test_a_run_that_died_is_made_again_an_hour_later(unheard):
    ran(since=3, started=1, finished=False)
    assert [reconcile_hourly(), reconcile_hourly()] == [1, 0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_at_once_one_reconciles(unheard, alice):
    assert sorted(at_once(lambda _: reconcile_hourly())) == [0] * 7 + [1]
    assert Reconciliation.objects.count() == 1
    assert entries_of(alice) == [("credit", 500, 500)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_runs_by_hand_at_once_all_finish_and_repair_once(unheard, alice):
    intent = testing.events_of(unheard.stripe_checkout_session_id)[-1]["data"]["object"]["payment_intent"]
    testing.refund(intent, 1000)
    testing.dispute(intent)
    testing.warn(intent)
    runs = at_once(lambda _: reconcile())
    assert [(run.unrepaired, run.finished_at is None) for run in runs] == [(0, False)] * 8
    assert len({run.pk for run in runs}) == 8
    unheard.refresh_from_db()
    assert (unheard.status, unheard.tokens_reversed, get_token_balance(alice.pk)) == ("partially_refunded", 500, 0)
    assert [entry[:2] for entry in entries_of(alice)][:1] == [("credit", 500)]
    assert reconcile().report == ""
    assert_books_are_right()


# --- what it costs, and what others add -----------------------------------------------------


def cost_of_run(monkeypatch):
    """(calls to Stripe, statements) of a run that finds nothing."""
    calls = []
    send = gateway.Transport.request

    def counted(self, method, url, *args, **kwargs):
        calls.append(url)
        return send(self, method, url, *args, **kwargs)

    with monkeypatch.context() as counting, CaptureQueriesContext(connection) as statements:
        counting.setattr(gateway.Transport, "request", counted)
        assert reconcile(timezone.now() - timedelta(days=30)).report == ""
    return len(calls), len(statements)


def test_a_run_costs_the_same_however_much_agrees(sandbox, alice, settings, monkeypatch):
    testing.current().config.webhook_url = "http://127.0.0.1:9/api/tokens/webhook"
    testing.faults(drop=True)

    def buy_and_give_back():
        intent = sandbox.pay(sandbox.buy(alice))["payment_intent"]
        testing.refund(intent, 1000)
        testing.warn(intent)
        testing.dispute(intent)
        sandbox.pay(sandbox.buy(alice), bank="000000000009")
        assert reconcile().unrepaired == 0

    buy_and_give_back()
    cost = cost_of_run(monkeypatch)
    for _ in range(2):
        buy_and_give_back()
    assert cost_of_run(monkeypatch) == cost
    # One page each of sessions, top-ups, refunds, disputes and warnings, and of events for every so many types.
    assert cost[0] == 7 + ceil(len(list(handled_types())) / TYPES_AT_ONCE)


@pytest.mark.parametrize("error", [StripeFailed("Stripe refused the request."), ZeroDivisionError("division by zero")])
def test_a_comparison_that_breaks_stops_no_other(unheard, alice, monkeypatch, error):
    def broken(since):
        yield from ()
        raise error

    monkeypatch.setattr(module.reconciles, "functions", {"broken things": broken, **module.reconciles.functions})
    run = reconcile()
    assert (run.finished_at, run.repaired, get_token_balance(alice.pk)) == (None, 1, 500)
    assert run.report.splitlines()[-1] == f"The comparison of broken things did not finish: {error}"


def test_another_app_adds_its_own_comparison_once(sandbox, monkeypatch):
    monkeypatch.setattr(module.reconciles, "functions", dict(module.reconciles.functions))

    @reconciles("parcels")
    def compare_invoices(since):
        yield module.Difference("invoice", "in_1", "unpaid", "paid", False, "there is no membership.")

    with pytest.raises(ValueError, match="“parcels” is registered already"):
        reconciles("parcels")(compare_invoices)
    run = reconcile()
    assert (run.unrepaired, run.finished_at is None) == (1, False)
    assert run.report == "invoice in_1: unpaid here, paid at Stripe; not repaired: there is no membership."
