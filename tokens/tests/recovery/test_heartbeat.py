"""The worker's row of signs of life: one small statement every few seconds, one row for good."""

import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tokens import heartbeat, jobs
from tokens.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_nobody_has_beaten_before_the_first_time():
    assert heartbeat.last_beat("worker") is None


def test_a_name_has_one_row_with_its_last_time(django_assert_num_queries):
    heartbeat.beat("worker")
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))
    heartbeat.beat("another")
    before = timezone.now()
    with django_assert_num_queries(1):
        heartbeat.beat("worker")
    last = heartbeat.last_beat("worker")
    assert last is not None
    assert before <= last <= timezone.now()
    assert Heartbeat.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_worker_beats_while_it_runs(monkeypatch):
    monkeypatch.setattr("tokens.management.commands.worker.sweep", lambda: stop_once_it_has_beaten())
    call_command("worker")
    assert heartbeat.last_beat("worker") is not None


def stop_once_it_has_beaten():
    give_up_at = time.monotonic() + 10
    while heartbeat.last_beat("worker") is None and time.monotonic() < give_up_at:
        time.sleep(0.02)
    jobs.stopping.set()
    return {}
