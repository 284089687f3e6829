"""Files of exports: had again for a day, then deleted."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from brands.choosing import Chosen
from brands.errors import ExportGone
from brands.exports import export
from brands.models import Export
from brands.testing.exported_files import files_in, post, read
from brands.testing.rows import make_brand
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.sweep import sweep
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


def test_one_file_that_cannot_be_deleted_stops_no_other(alice, settings, tmp_path, monkeypatch, caplog):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "starter")
    make_brand(alice)
    stuck, other = (export.export(alice.pk, Chosen(), "json").export for _ in range(2))
    Export.objects.update(expires_at=timezone.now() - timedelta(days=1))
    delete = default_storage.delete

    def refuse(name):
        if name == stuck.file.name:
            raise PermissionError(name)
        delete(name)

    monkeypatch.setattr(default_storage, "delete", refuse)
    assert export.delete_old() == 1
    assert [*Export.objects.values_list("pk", flat=True)] == [stuck.pk]
    assert str(stuck.pk) in caplog.text
    assert not default_storage.exists(str(other.file.name))


def test_the_same_key_sends_the_same_file_and_charges_once(api, rich):
    first = post(api(rich), {"format": "csv"}, "k")
    make_brand(rich, "later.com")
    second = post(api(rich), {"format": "csv"}, "k")
    assert second["Idempotent-Replayed"] == "true"
    assert [answer["X-Token-Balance"] for answer in (first, second)] == ["490", "490"]
    assert first.body == second.body
    assert post(api(rich), {"format": "json"}, "k").status_code == 422
    assert (get_token_balance(rich.pk), Export.objects.count()) == (490, 1)


def test_the_file_can_be_had_again_for_a_day_by_its_owner_only(api, rich, bob, storage):
    answer = post(api(rich), {"format": "json"}, "k")
    address = answer["Content-Location"]
    body = answer.body
    assert read(api(rich).get(address)).body == body
    assert api(bob).get(address).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        sweep()
        assert read(api(rich).get(address)).body == body
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert api(rich).get(address).status_code == 404
        assert sweep()["old exports deleted"] == 1
        assert (files_in(storage), Export.objects.count()) == ([], 0)
        gone = post(api(rich), {"format": "json"}, "k")
        assert (gone.status_code, gone.json()["title"]) == (404, "Export expired")
        assert sweep()["old exports deleted"] == 0
    assert get_token_balance(rich.pk) == 490


def test_an_export_that_is_not_there_is_gone(rich):
    with pytest.raises(ExportGone):
        export.finish("00000000-0000-0000-0000-000000000000")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_the_same_key_are_one_file_and_one_charge(api, rich, storage):
    clients = [api(rich) for _ in range(8)]
    outcomes = at_once(lambda number: post(clients[number], {"format": "json"}, "k"))
    assert {answer.status_code for answer in outcomes} <= {200, 409}
    assert 200 in {answer.status_code for answer in outcomes}
    assert (get_token_balance(rich.pk), len(files_in(storage)), Export.objects.count()) == (490, 1, 1)
