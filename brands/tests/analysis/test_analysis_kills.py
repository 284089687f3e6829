"""Workers that are killed over an analysis, as real processes: made or undone by the next, and charged once at most."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from brands.analysis import running
from brands.analysis.running import analyze
from brands.models import Analysis
from brands.testing.rows import make_brand
from devtools import processes
from devtools.testing import environment
from tokens.ledger.wallet import get_token_balance
from tokens.models import LedgerEntry, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

# A worker that makes one analysis and dies right where it is told to.
DIES_AT = """
import os, signal, sys
import django
django.setup()
from brands.analysis import running
function, moment = sys.argv[1].split(":")
work = getattr(running, function)
def die(*args, **kwargs):
    if moment == "after":
        work(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(running, function, die)
running.work_one()
"""
# After the claim; when the model has answered; after the capture, before the commit; after the commit.
MOMENTS = ["_run:before", "_finish:before", "_end:after", "_finish:after"]


@pytest.fixture
def analysis(alice, model):
    simulate_token_purchase(alice.pk, "starter")
    return analyze(alice.pk, make_brand(alice, "tasty-thai-food.com").pk)


@pytest.fixture
def start(settings, tmp_path):
    """`start(*arguments)` runs Python in the environment of a worker of this test's shop."""
    started: list[subprocess.Popen[bytes]] = []
    named = urlsplit(environment.database_url())
    variables = {
        "DATABASE_URL": named._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DJANGO_SETTINGS_MODULE": "soulfra.settings",
        "ANALYSIS_BASE_URL": settings.ANALYSIS_BASE_URL,
        "ANALYSIS_MODEL": settings.ANALYSIS_MODEL,
        "ANALYSIS_API_KEY": settings.ANALYSIS_API_KEY,
    }

    def run(*arguments):
        with open(tmp_path / f"log-{len(started)}", "wb") as log:
            process = processes.start(
                [sys.executable, *arguments],
                cwd=django_settings.BASE_DIR,
                env={**os.environ, **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        processes.end(process)


def until(claim, *, seconds=30):
    give_up_at = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def end_the_lease():
    Analysis.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def assert_made_and_charged_once(alice, analysis):
    analysis.refresh_from_db()
    assert (analysis.status, analysis.result["name"]) == ("done", "Tasty Thai Food")
    assert get_token_balance(alice.pk) == 95
    assert list(TokenUsage.objects.values_list("status", "tokens_spent")) == [("spent", 5)]
    kinds = LedgerEntry.objects.order_by("pk").values_list("kind", "tokens")
    assert list(kinds) == [("credit", 100), ("hold", -5)]


def test_a_worker_killed_while_the_model_thinks_is_followed_by_one_that_finishes(alice, analysis, model, start):
    model.seconds = 60
    worker = start("manage.py", "worker", "--every", "3600")
    assert model.is_asked.wait(30)
    os.killpg(worker.pid, signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    analysis.refresh_from_db()
    assert (analysis.status, get_token_balance(alice.pk)) == ("running", 95)
    model.seconds = 0
    end_the_lease()
    start("manage.py", "worker", "--every", "3600")
    until(lambda: Analysis.objects.get().status == "done")
    assert_made_and_charged_once(alice, analysis)
    assert len(model.asked) == 2


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed_at_any_moment_charges_once(alice, analysis, model, start, moment):
    assert start("-c", DIES_AT, moment).wait(60) == -signal.SIGKILL
    analysis.refresh_from_db()
    is_over = moment == "_finish:after"
    assert (analysis.status, get_token_balance(alice.pk)) == ("done" if is_over else "running", 95)
    assert TokenUsage.objects.get().status == ("spent" if is_over else "held")
    if not is_over:
        end_the_lease()
    assert running.work_one() is not is_over
    assert_made_and_charged_once(alice, analysis)


def test_an_analysis_is_begun_within_about_a_second_and_the_worker_ends_in_order(alice, model, start):
    simulate_token_purchase(alice.pk, "starter")
    worker = start("manage.py", "worker", "--every", "3600")
    first = analyze(alice.pk, make_brand(alice, "tasty-thai-food.com").pk)
    until(lambda: Analysis.objects.get(pk=first.pk).status == "done")
    model.is_asked.clear()
    analyze(alice.pk, make_brand(alice, "chef.com").pk)
    assert model.is_asked.wait(3)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
