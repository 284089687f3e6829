"""What machines ask: answered to anybody, at any address, without a session, and saying what is wrong in words."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from soulfra.watching import asking, readiness
from tokens import heartbeat
from tokens.models import Heartbeat
from tokens.testing.watching import TRANSACTIONS

STRANGE = {"Host": "10.0.0.7:5001", "X-Forwarded-Proto": "http"}


@pytest.fixture
def worker(db):
    heartbeat.beat(heartbeat.WORKER)


def asked(client, path, **headers):
    answer = client.get(path, headers=headers)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_any_host_is_answered_without_tls_a_redirect_or_a_session(client, worker, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get(path, headers=STRANGE)
    assert (answer.status_code, answer["Cache-Control"], answer.cookies) == (200, "no-store", {})
    assert client.get("/tokens/", headers=STRANGE).status_code in (301, 400)  # as everybody else is


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_looking_is_allowed(client, worker, path):
    assert client.head(path).status_code == 200
    refused = client.post(path)
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")


def test_the_process_is_healthy_without_asking_the_database(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert asked(client, "/healthz") == (200, "ok\n")


def test_a_shop_that_can_do_its_work_is_ready(client, worker):
    assert asked(client, "/readyz") == (200, "ready\n")


def test_without_a_worker_it_is_not_and_says_what_to_start(client, db):
    assert asked(client, "/readyz") == (503, "No worker has run yet: start `./dev manage worker`.\n")
    assert asked(client, "/readyz?exclude=worker") == (200, "ready\n")


def test_a_silent_worker_is_told_with_the_moment_of_its_last_word(client, worker):
    Heartbeat.objects.update(at="2026-01-02T03:04:05Z")
    said = "The worker has been silent since 2026-01-02 03:04:05 UTC: look at its log, and restart it.\n"
    assert asked(client, "/readyz") == (503, said)
    Heartbeat.objects.update(at=timezone.now() - readiness.SILENT_AFTER + timedelta(seconds=9))
    assert asked(client, "/readyz") == (200, "ready\n")


def test_migrations_that_are_not_applied_are_counted(client, worker):
    done = MigrationRecorder.Migration.objects.filter(app="tokens").order_by("-pk")
    done.filter(pk__in=list(done.values_list("pk", flat=True)[:2])).delete()
    assert asked(client, "/readyz") == (503, "2 migrations aren't applied: run `./dev manage migrate`.\n")
    assert asked(client, "/readyz?exclude=migrations&exclude=worker") == (200, "ready\n")


def test_a_part_that_is_not_known_is_refused(client, worker):
    assert asked(client, "/readyz?exclude=disk") == (400, "Unknown part “disk”. Use: database, migrations, worker.\n")


def test_a_database_that_is_gone_is_a_sentence_for_the_prober_and_one_line_of_the_log(client, worker, caplog):
    def gone(execute, sql, params, many, context):
        is_asked = not sql.startswith(TRANSACTIONS)
        return execute("SELECT 1 FROM no_such_table" if is_asked else sql, [], many, context)

    with connection.execute_wrapper(gone):
        assert asked(client, "/readyz") == (503, "The database can't be reached: the log says why.\n")
        assert asked(client, "/healthz") == (200, "ok\n")
    [line] = [record.getMessage() for record in caplog.records if record.name == "soulfra.watching.readiness"]
    assert "no_such_table" in line
    assert "\n" not in line


def test_while_the_database_hangs_for_one_prober_the_next_is_told_so(client, worker, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 0.05)
    is_held, is_over = threading.Event(), threading.Event()

    def hold():
        with readiness._asking:
            is_held.set()
            is_over.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(10)
    try:
        assert asked(client, "/readyz") == (503, "The database hasn't answered the last question yet.\n")
    finally:
        is_over.set()
        holder.join()


@pytest.mark.postgres
def test_a_standby_is_not_ready(client, worker):
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    assert asked(client, "/readyz")[1] == "The database is read-only: this is a standby, or it was made so.\n"
