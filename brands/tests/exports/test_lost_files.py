"""A file that the storage has lost: 410 in a sentence, and its tokens come back, once."""

import json

import pytest
from django.core.files.storage import default_storage

from brands.exports import export
from brands.models import Export
from tokens.ledger.wallet import get_token_balance
from tokens.models import Grant

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
    assert Grant.objects.count() == 1
    assert str(row.pk) not in client.get("/domains/exports").text


def row_cost(row):
    row.refresh_from_db()
    assert row.status == Export.Status.LOST
    return row.usage.tokens_spent


def test_another_export_is_made_and_the_lost_one_is_swept_when_it_is_old(lost, rich):
    row, program = lost
    assert program.get(f"/api/domains/exports/{row.pk}").status_code == 410
    again = program.post("/api/domains/export", {"format": "json"}, headers={"Idempotency-Key": "f"})
    assert (again.status_code, len(json.loads(again.getvalue()))) == (200, 3)
    Export.objects.filter(pk=row.pk).update(expires_at="2026-01-01T00:00Z")
    assert export.delete_old() == 1
    assert not Export.objects.filter(pk=row.pk).exists()
