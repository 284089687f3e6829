"""A copy of one's data: asked for on a page, made by the worker, given to its owner alone, and gone after a day."""

import json
import os
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import api_keys, personal_data
from accounts.models import DataDownload
from devtools.testing.factories import PASSWORD
from soulfra.privacy import downloads
from tokens import jobs
from tokens.models import Mail, StaffNote
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.staff import noting
from tokens.sweep import sweep
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db

PAGE = "/accounts/data/"


def file_of(download):
    return f"{PAGE}{download.pk}/"


@pytest.fixture
def ready(alice):
    download, _ = downloads.ask(alice.pk)
    assert downloads.make_next()
    download.refresh_from_db()
    return download


def is_stored(download):
    return any(default_storage.exists(name) for name in download.file_names())


def test_from_the_button_to_the_file(confirmed, alice, staff):
    simulate_token_purchase(alice.pk, "pro")
    api_keys.issue(alice, name="CI")
    noting.write_note(alice, text="Calls on Mondays", by=staff)
    assert "Prepare a copy" in confirmed.get("/accounts/").content.decode()
    assert confirmed.post(PAGE)["Location"] == PAGE
    assert "being prepared" in confirmed.get(PAGE).content.decode()
    assert downloads.make_next()
    download = DataDownload.objects.get()
    for page in (PAGE, "/accounts/"):
        assert f'href="{file_of(download)}"' in confirmed.get(page).content.decode()
    answer = confirmed.get(file_of(download))
    told = b"".join(answer.streaming_content)
    assert (answer["Content-Type"], len(told)) == ("application/json", download.size)
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    data = json.loads(told)
    assert data["account"][0]["email"] == alice.email
    assert [row["tokens"] for row in data["purchases"]] == [500]
    assert [row["name"] for row in data["api_keys"]] == ["CI"]
    assert "digest" not in data["api_keys"][0]
    assert "password" not in data["account"][0]
    assert b"Mondays" not in told
    assert StaffNote.objects.exists()


def test_it_has_every_kind_that_staff_export_but_what_staff_wrote(alice):
    own = personal_data.kept_of(alice.pk, internally=False)
    assert set(personal_data.kept_of(alice.pk)) - set(own) == {
        "internal_notes",
        "audit_log",
        "grant_requests",
        "refund_requests",
    }


def test_it_holds_nothing_of_others(alice, bob, ready):
    simulate_token_purchase(bob.pk, "pro")
    file = downloads.open_file(alice.pk, ready.pk)
    assert file is not None
    with file:
        assert b"bob" not in file.read()


def test_a_session_alone_neither_asks_for_a_copy_nor_gets_one(alices, ready):
    for answer in (alices.get(file_of(ready)), alices.post(PAGE)):
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert DataDownload.objects.count() == 1


def test_nobody_else_gets_it_not_even_staff(ready, bob, staff):
    for user in (bob, staff):
        browser = Client()
        browser.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert browser.get(file_of(ready)).status_code == 404
    assert Client().get(file_of(ready))["Location"].startswith("/accounts/login/")


def test_an_api_key_gets_none(client, alice, ready):
    _, key = api_keys.issue(alice, name="CI")
    assert client.get(file_of(ready), headers={"Authorization": f"Bearer {key}"}).status_code == 302


def test_its_owner_is_told_that_somebody_asked(confirmed, alice):
    confirmed.post(PAGE)
    confirmed.post(PAGE)
    assert list(Mail.objects.filter(user=alice).values_list("subject", flat=True)) == [
        "A copy of your data was requested"
    ]


def test_asking_again_gives_the_one_there_is_until_an_hour_is_over(alice, ready):
    assert downloads.ask(alice.pk) == (ready, False)
    DataDownload.objects.update(created_at=timezone.now() - downloads.NEW_ONE_AFTER)
    newer, is_new = downloads.ask(alice.pk)
    assert is_new
    assert downloads.make_next()
    ready.refresh_from_db()
    assert ready.expires_at <= timezone.now()
    assert downloads.latest(alice.pk) == newer


@pytest.mark.django_db(transaction=True)
def test_two_at_once_ask_for_one(alice):
    answers = at_once(lambda _: downloads.ask(alice.pk), times=2)
    assert sorted(is_new for _, is_new in answers) == [False, True]
    assert DataDownload.objects.count() == 1


def test_the_database_has_one_under_way_for_each_customer(alice):
    downloads.ask(alice.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        DataDownload.objects.create(user=alice)


def test_after_a_day_the_file_and_its_row_are_gone(confirmed, ready, time_machine):
    assert is_stored(ready)
    sweep()
    assert is_stored(ready)
    time_machine.move_to(timezone.now() + downloads.KEPT_FOR + timedelta(seconds=1))
    assert downloads.open_file(ready.user_id, ready.pk) is None
    sweep()
    assert not is_stored(ready)
    assert not DataDownload.objects.exists()


def test_a_worker_that_died_is_taken_over_and_the_third_that_dies_ends_it(alice, time_machine):
    download, _ = downloads.ask(alice.pk)
    for _ in range(downloads.LAST_ATTEMPT):
        assert downloads._claim()
        assert not downloads.make_next()
        time_machine.move_to(timezone.now() + downloads.LEASE + timedelta(seconds=1))
    assert downloads.make_next()
    download.refresh_from_db()
    assert download.status == "failed"
    assert downloads.may_ask(downloads.latest(alice.pk))


def test_a_fault_is_tried_again_later_and_said_on_the_page_in_the_end(
    confirmed, alice, settings, time_machine, tmp_path
):
    downloads.ask(alice.pk)
    settings.MEDIA_ROOT = str(tmp_path / "file")
    (tmp_path / "file").write_text("no directory")
    for _ in range(downloads.LAST_ATTEMPT):
        assert downloads.make_next()
        assert not downloads.make_next()
        time_machine.move_to(timezone.now() + downloads.LONGEST_WAIT)
    assert "be prepared. Try again" in confirmed.get(PAGE).content.decode()


def test_a_worker_that_is_stopped_gives_it_back_and_no_attempt_is_lost(alice, monkeypatch):
    download, _ = downloads.ask(alice.pk)
    monkeypatch.setattr(jobs.stopping, "is_set", lambda: True)
    downloads.make_next()
    download.refresh_from_db()
    assert (download.status, download.attempts, download.lease_until) == ("queued", 0, None)


def test_one_who_is_late_leaves_no_file_and_spoils_no_other(alice):
    downloads.ask(alice.pk)
    late = downloads._claim()
    assert late is not None
    downloads._write(late)
    DataDownload.objects.update(attempts=2)
    downloads._finish(late, 1)
    assert not is_stored(late)
    assert DataDownload.objects.get().status == "running"


def test_files_are_read_by_the_shop_alone(ready):
    assert os.stat(default_storage.path(ready.file_name)).st_mode & 0o077 == 0


def test_a_file_that_the_storage_lost_is_made_anew_when_asked(confirmed, ready):
    default_storage.delete(ready.file_name)
    assert confirmed.get(file_of(ready)).status_code == 404
    assert "be prepared. Try again" in confirmed.get(PAGE).content.decode()
    confirmed.post(PAGE)
    assert downloads.make_next()
    answer = confirmed.get(file_of(DataDownload.objects.get(status="ready")))
    assert b"alice@example.com" in b"".join(answer.streaming_content)
