"""Every row has its measurement, and the ways to spend that the shop is compared with do spend."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks import run, spends, steady, usual
from benchmarks.targets import ROWS
from tokens.ledger import limits
from tokens.models import Posting, TokenUsage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend


@pytest.mark.parametrize("is_quick", [True, False])
def test_every_row_of_the_table_is_measured_once(is_quick: bool) -> None:
    measured = [row for rows, _ in run.measures(is_quick=is_quick) for row in rows]
    assert sorted(measured) == [row.number for row in ROWS]


def test_a_turn_of_a_second_has_a_sixtieth_of_the_customers() -> None:
    assert steady._of_one_turn([*range(600)]) == [*range(10)]


@pytest.mark.django_db(transaction=True)
def test_what_a_turn_has_spent_is_posted_at_its_end(alice, bob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "pool", lambda threads: SimpleNamespace(map=map))  # threads would keep connections
    for user in (alice, bob):
        simulate_token_purchase(user.pk, "starter")
        spend(user, "import_domain")
    steady._post([alice.pk])
    assert Posting.objects.get().wallet_id == alice.pk
    assert list(Wallet.objects.order_by("pk").values_list("unposted", flat=True)) == [0, 1]
    assert TokenUsage.objects.count() == 2


@pytest.mark.django_db
def test_spends_with_limits_alert_and_top_up_are_the_same_as_those_without(alice, bob) -> None:
    for user in (alice, bob):
        simulate_token_purchase(user.pk, "starter")
    plain, with_all = spends.guard([alice.pk, bob.pk])
    assert [spends.spend_by(each)() for each in (plain, with_all)] == [1, 1]
    wallets = Wallet.objects.order_by("pk").values_list("balance", "day_limit", "month_limit", "alert_below")
    assert [*wallets] == [(99, None, None, 0), (99, 10**9, 10**9, 10)]
    assert limits.limits_of(Wallet.objects.get(pk=bob.pk), timezone.now())[0].spent == 1
    assert Wallet.objects.filter(top_up_is_armed=True, needs_top_up=False, is_low=False).get().pk == bob.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spend_usually", [usual.spend_locked, usual.spend_by_expression])
def test_a_usual_spend_takes_what_there_is_and_no_more(spend_usually) -> None:
    usual.plant([7], tokens=1)
    try:
        assert spend_usually(7, "import_domain", {}) == usual.COST
        with pytest.raises(ValueError, match="Too few"):
            spend_usually(7, "import_domain", {})
        assert usual.UsualWallet.objects.get().balance == 0
        assert usual.UsualSpend.objects.get().tokens == usual.COST
    finally:
        with connection.schema_editor() as editor:
            for model in (usual.UsualSpend, usual.UsualWallet):
                editor.delete_model(model)
