"""Exports are built whole, then charged: what failed, was refused or took too long costs nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from brands.choosing import Chosen
from brands.exports import export, files
from brands.models import Export
from brands.testing.exported_files import domains_in, files_in, post
from brands.testing.rows import make_brand
from tokens.errors import KeyInUse
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.sweep import sweep
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


class Died(BaseException):
    """The process was killed: nothing of it runs any more."""


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 400, "format: This field is required."),
        (
            {"format": "json", "tier": "gold"},
            400,
            "Unknown tier “gold”. Use: foundation, business, creative.",
        ),
        (
            {"format": "json", "tier": "business"},
            400,
            "No domains match, so nothing was exported or charged.",
        ),
    ],
)
def test_what_is_refused_is_not_charged_and_leaves_nothing(api, rich, storage, body, status, detail):
    answer = post(api(rich), body)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert (get_token_balance(rich.pk), files_in(storage), Export.objects.count()) == (500, [], 0)


def test_too_few_tokens_are_a_402_before_anything_is_built(api, alice, storage, monkeypatch):
    make_brand(alice)
    monkeypatch.setattr(files, "write", lambda *_, **__: pytest.fail("built"))
    answer = post(api(alice), {"format": "json"}, "k")
    assert (answer.status_code, answer.json()["shortfall"], files_in(storage)) == (402, 10, [])


def test_tokens_that_were_spent_while_it_was_built_charge_nothing(alice, storage, monkeypatch):
    from tokens.errors import InsufficientTokens
    from tokens.spending.spends import spend
    from tokens.testing.ledger_rows import make_lot

    make_lot(alice, tokens=12)
    make_brand(alice)
    build = export._build
    monkeypatch.setattr(export, "_build", lambda export: spend(alice, "ai_analysis") and build(export))
    with pytest.raises(InsufficientTokens):
        export.export(alice.pk, Chosen(), "json")
    assert (get_token_balance(alice.pk), files_in(storage), Export.objects.get().status) == (7, [], "failed")


@pytest.mark.parametrize("step", ["save", "write"])
def test_a_failure_while_building_charges_nothing_and_the_same_key_then_works(api, rich, storage, monkeypatch, step):
    where = default_storage if step == "save" else files
    client = api(rich)
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(where, step, lambda *_, **__: 1 / 0)
        answer = post(client, {"format": "json"}, "k")
    assert (answer.status_code, get_token_balance(rich.pk), files_in(storage)) == (500, 500, [])
    assert Export.objects.get().status == "failed"
    assert post(client, {"format": "json"}, "k").status_code == 200
    assert get_token_balance(rich.pk) == 490


def test_a_crash_between_build_and_charge_charges_nothing_and_the_file_is_removed(rich, storage, monkeypatch):
    def dies(*_):
        raise Died

    monkeypatch.setattr(export, "_charge", dies)
    with pytest.raises(Died):
        export.export(rich.pk, Chosen(), "json")
    assert (get_token_balance(rich.pk), len(files_in(storage)), Export.objects.get().status) == (500, 1, "building")
    sweep()
    assert len(files_in(storage)) == 1  # it might still be at work
    with time_machine.travel(timezone.now() + export.BUILDS_WITHIN + timedelta(seconds=1)):
        sweep()
    assert (get_token_balance(rich.pk), files_in(storage), Export.objects.get().status) == (500, [], "failed")


def test_after_a_crash_the_same_key_waits_and_then_builds_afresh_for_one_charge(api, rich, storage, monkeypatch):
    client = api(rich)
    charge = export._charge

    def dies(*_):
        raise Died

    monkeypatch.setattr(export, "_charge", dies)
    with pytest.raises(Died):
        post(client, {"format": "json"}, "k")
    monkeypatch.setattr(export, "_charge", charge)
    waits = post(client, {"format": "json"}, "k")
    assert (waits.status_code, waits["Retry-After"]) == (409, "1")
    with time_machine.travel(timezone.now() + export.BUILDS_WITHIN + timedelta(seconds=1)):
        assert post(client, {"format": "json"}, "k").status_code == 200
    assert (get_token_balance(rich.pk), len(files_in(storage)), TokenUsage.objects.count()) == (490, 1, 1)


def test_a_build_that_took_too_long_is_not_charged(rich, storage, monkeypatch):
    build = export._build

    def slow(row):
        count = build(row)
        traveller.shift(export.BUILDS_WITHIN)
        assert export.delete_old() == 1
        return count

    monkeypatch.setattr(export, "_build", slow)
    with time_machine.travel(timezone.now(), tick=False) as traveller, pytest.raises(KeyInUse):
        export.export(rich.pk, Chosen(), "json")
    assert (get_token_balance(rich.pk), files_in(storage)) == (500, [])


def test_a_payment_whose_news_was_lost_keeps_its_file(api, rich, storage, monkeypatch):
    charge = export._charge

    def lost(*args):
        charge(*args)
        raise ConnectionError("the answer of the database was lost")

    client = api(rich)
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(export, "_charge", lost)
        assert post(client, {"format": "json"}, "k").status_code == 500
    assert (get_token_balance(rich.pk), len(files_in(storage))) == (490, 1)
    assert domains_in(post(client, {"format": "json"}, "k")) == ["a.com", "b.com", "c.com"]
    assert get_token_balance(rich.pk) == 490


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_tokens_for_three_are_three_files(alice, storage):
    from tokens.testing.ledger_rows import make_lot

    make_lot(alice, tokens=35)
    make_brand(alice)
    outcomes = at_once(lambda _: export.export(alice.pk, Chosen(), "json"))
    assert sum(isinstance(outcome, export.Ready) for outcome in outcomes) == 3
    assert (get_token_balance(alice.pk), len(files_in(storage))) == (5, 3)
