"""A worker that is asked to end finishes the row it is at, and leaves the rest to the next one."""

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from tokens import heartbeat, jobs
from tokens.emails import outbox
from tokens.in_turn import in_turn
from tokens.ledger import due
from tokens.models import Mail, StripeEvent, Wallet
from tokens.reconciliation.pages import in_pages
from tokens.reconciliation.run import reconcile
from tokens.sweep import sweep, sweeps
from tokens.webhooks import inbox

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"


@pytest.fixture
def ask():
    """Asks this process to end; and says that something was done."""

    def ask(*_):
        jobs.stopping.set()
        return True

    yield ask
    jobs.stopping.clear()


def test_the_sweep_ends_after_its_step_and_does_not_say_that_it_went_through(ask, monkeypatch):
    monkeypatch.setitem(sweeps.functions, "events processed", ask)
    assert list(sweep()) == ["wallets brought up to date", "customers told of expiring tokens", "events processed"]
    assert heartbeat.last_beat(heartbeat.SWEEP) is None


def test_rows_in_turn_end_after_the_row(ask):
    assert in_turn("Stone", range(3), ask) == 1


def test_the_outbox_finishes_its_email_and_claims_no_other(ask, alice, monkeypatch):
    for number in range(2):
        Mail.objects.create(
            user=alice, kind="test", about=f"test:{number}", subject="Hello", text="Hello", next_try_at=timezone.now()
        )
    monkeypatch.setattr(outbox, "_message", lambda email: ask() and EmailMessage("Hello", "Hello", to=[email.address]))
    assert outbox.send_due() == 1
    assert sorted(Mail.objects.values_list("status", "attempts")) == [("sent", 1), ("waiting", 0)]


def test_the_inbox_ends_after_its_event(ask, monkeypatch):
    for number in range(2):
        StripeEvent.objects.create(
            stripe_id=f"evt_{number}", type="x", livemode=False, payload={"data": {"object": {}}}, next_try_at=LONG_AGO
        )
    work = inbox.work
    monkeypatch.setattr(inbox, "work", lambda event: ask() and work(event))
    assert inbox.work_due() == 1


def test_what_is_due_in_wallets_ends_after_one(ask, alice, bob, monkeypatch):
    for user in (alice, bob):
        Wallet.objects.create(user=user, due_at=LONG_AGO)
    monkeypatch.setattr(due, "_open_if_possible", ask)
    assert due.apply_due_everywhere() == 1


def test_a_reconciliation_ends_between_two_pages_and_is_not_finished(ask):
    pages = in_pages(range(1000))
    next(pages)
    ask()
    with pytest.raises(jobs.Stopped):
        next(pages)
    run = reconcile()
    assert run.finished_at is None
    assert run.report.endswith(" did not finish, nor did what comes after it: this process was asked to end.")


def test_work_that_is_queued_ends_after_a_piece(ask, monkeypatch):
    monkeypatch.setattr(jobs, "_kinds", {})
    jobs.works("stones turned")(ask)
    assert jobs.run_due() == {"stones turned": 1}
