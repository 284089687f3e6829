"""A file that the storage has lost: 410 in a sentence, and its tokens come back, once."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from brands.errors import StorageAway
from brands.exports import export
from brands.exports.presence import MARKER
from brands.models import Export
from brands.testing.exported_files import read
from tokens.ledger.wallet import get_token_balance
from tokens.models import SpendReversal

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(rich, api):
    """A paid export whose file is gone from the storage; the call that asked for it."""
    client = api(rich)
    body = client.post("/api/domains/export", {"format": "json"}, headers={"Idempotency-Key": "e"})
    assert body.status_code == 200
    assert len(json.loads(body.getvalue())) == 3
    row = Export.objects.get()
    default_storage.delete(str(row.file.name))
    return row, client


def test_every_door_answers_410_and_the_tokens_come_back_once(lost, rich, client):
    row, program = lost
    client.force_login(rich)
    before = get_token_balance(rich.pk)
    answers = [
        program.get(f"/api/domains/exports/{row.pk}"),
        program.get(f"/api/domains/exports/{row.pk}"),
        program.post("/api/domains/export", {"format": "json"}, headers={"Idempotency-Key": "e"}),
        client.get(f"/domains/exports/{row.pk}"),
    ]
    assert [answer.status_code for answer in answers] == [410] * 4
    assert answers[0].json()["detail"] == "The file of this export was lost. You got its tokens back; export again."
    assert get_token_balance(rich.pk) - before == row_cost(row)
    assert SpendReversal.objects.count() == 1
    assert str(row.pk) not in client.get("/domains/exports").text


def row_cost(row):
    row.refresh_from_db()
    assert row.status == Export.Status.LOST
    return row.usage.tokens_spent


def test_a_storage_that_is_not_mounted_loses_nothing_and_all_is_there_when_it_is(
    rich, api, client, settings, tmp_path_factory, caplog
):
    def ask(key):
        return read(program.post("/api/domains/export", {"format": "json"}, headers={"Idempotency-Key": key}))

    program, here = api(rich), settings.MEDIA_ROOT
    assert ask("e").status_code == 200
    row = Export.objects.get()
    client.force_login(rich)
    balance = get_token_balance(rich.pk)
    Export.objects.update(expires_at=timezone.now() + timedelta(minutes=5))
    settings.MEDIA_ROOT = str(tmp_path_factory.mktemp("bare"))
    doors = [
        program.get(f"/api/domains/exports/{row.pk}"),
        ask("e"),
        ask("f"),
        client.get(f"/domains/exports/{row.pk}"),
    ]
    assert [answer.status_code for answer in doors] == [503] * 4
    assert doors[0].json()["detail"].startswith("Files of exports can't be reached right now; nothing was charged.")
    assert "Retry-After" in doors[0].headers
    assert "The storage of exports isn't there" in caplog.text
    with time_machine.travel(timezone.now() + timedelta(minutes=6)), pytest.raises(StorageAway):
        export.delete_old()
    assert (get_token_balance(rich.pk), SpendReversal.objects.count()) == (balance, 0)
    settings.MEDIA_ROOT = here
    answers = [read(program.get(f"/api/domains/exports/{row.pk}")), ask("e"), ask("f")]
    assert [len(json.loads(answer.body)) for answer in answers] == [3] * 3


def test_an_earlier_version_wrote_no_marker_and_its_files_are_found_all_the_same(rich, api):
    program = api(rich)
    for key in "ef":
        read(program.post("/api/domains/export", {"format": "json"}, headers={"Idempotency-Key": key}))
    default_storage.delete(MARKER)
    gone, there = Export.objects.order_by("created_at")
    default_storage.delete(str(gone.file.name))
    answers = [read(program.get(f"/api/domains/exports/{row.pk}")) for row in (gone, there)]
    assert [answer.status_code for answer in answers] == [410, 200]


def test_another_export_is_made_and_the_lost_one_is_swept_when_it_is_old(lost, rich):
    row, program = lost
    assert program.get(f"/api/domains/exports/{row.pk}").status_code == 410
    again = program.post("/api/domains/export", {"format": "json"}, headers={"Idempotency-Key": "f"})
    assert (again.status_code, len(json.loads(again.getvalue()))) == (200, 3)
    Export.objects.filter(pk=row.pk).update(expires_at="2026-01-01T00:00Z")
    assert export.delete_old() == 1
    assert not Export.objects.filter(pk=row.pk).exists()
