"""Books from before spends were posted later are right afterwards, and go on: nothing that was said then is lost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tokens.errors import KeyReused
from tokens.models import HourClosing, HourlyTotal, IdempotencyKey, LedgerEntry, Purchase, Refund, TokenUsage, Wallet
from tokens.purchases.reversals import follow_the_money
from tokens.reports.audit import audit
from tokens.spending.holds import hold
from tokens.spending.spends import spend, spend_many
from tokens.testing.ledger_rows import remaining_of
from tokens.testing.old_books import ACTION, LAST, MEANWHILE, OldBooks, database_of_before, migrate

START = MEANWHILE + timedelta(minutes=30)


@pytest.fixture
def before(tmp_path, django_db_blocker):
    """The models of before, in a database of their own with its tables of that time."""
    with django_db_blocker.unblock(), database_of_before(tmp_path) as apps:
        yield apps


def test_old_books_are_right_afterwards_and_go_on(before):
    with time_machine.travel(START, tick=False) as clock:
        alice, bob, carol, mallory = (OldBooks(before, name) for name in ("alice", "bob", "carol", "mallory"))
        pack = alice.buy(100, 1999)
        close_the_first_hour(before)
        clock.shift(timedelta(hours=3))
        live_with_a_debt(alice, pack)
        refund = repay_a_debt(bob)
        unfreeze_beside_a_debt(carol)
        gift = mallory.grant(5)
        gift.remaining = -1
        gift.save()

        with pytest.raises(RuntimeError, match=f"Lot {gift.pk} of user .* is below zero"):
            migrate(LAST)
        gift.remaining = 5
        gift.save(update_fields=["remaining"])
        clock.shift(timedelta(days=1))
        migrate(LAST)
        assert audit() == []

        assert told_of(alice) == [
            ("credit", 100, 100, "purchase", 0),
            ("spend", -10, 90, "usage", 1),
            ("spend", -4, 86, "usage", 2),
            ("spend", -3, 83, "usage", 3),
            ("hold", -20, 63, "usage", 4),
            ("release", 5, 68, "usage", 4),
            ("spend", -1, 67, "usage", 5),
            ("reverse", -100, -33, "reversal", 5),
            ("credit", 13, -20, "grant", 5),
            ("repay", -13, -33, "grant", 5),
            ("repay", 13, -20, "grant", 5),
            ("correct", 20, None, "reversal", 5),
        ]
        assert wallet_of(alice) == (-20, 20, 5, 5)
        corrected = LedgerEntry.objects.get(wallet=alice.user.pk, kind="correct")
        assert (corrected.worth_cents, corrected.hour) == (400, datetime(2026, 11, 2, 3, tzinfo=UTC))
        assert told_of(carol)[-1] == ("repay", -50, None, "purchase", 1)
        assert (wallet_of(carol), remaining_of(carol.user)) == ((0, 0, 1, 1), [0, 0])

        old_keys_are_known(alice.user.pk)
        a_repaid_debt_is_restored(bob, refund)
        a_debt_is_forgiven(alice)
        assert audit() == []


def close_the_first_hour(before):
    hour = {"hour": MEANWHILE, "currency": "usd", "tokens": 100, "worth_cents": 1999}
    before.get_model("tokens", "HourClosing").objects.create(last_entry_id=1, **hour)
    before.get_model("tokens", "HourlyTotal").objects.create(movement="sold", day=MEANWHILE.date(), **hour)


def live_with_a_debt(alice, pack):
    """Spends in another order than that of their ids, a hold, and a refund whose debt is repaid in part."""
    alice.spend(pack, 10, ids=[900], key="one")
    alice.spend(pack, 4, 3, ids=[901, 902], key="many")
    usage = alice.hold(pack, 20, pk=903, key="held")
    alice.capture(usage, pack, 15, at=START + timedelta(days=1))
    alice.spend(pack, 1, ids=[800])
    alice.refund(pack)
    gift = alice.grant(13)
    alice.repay(gift, pack, 13)


def repay_a_debt(bob):
    """All of it."""
    pack = bob.buy(70, 700)
    bob.spend(pack, 60, ids=[1000])
    refund = bob.refund(pack)
    bob.repay(bob.grant(60), pack, 60)
    return refund


def unfreeze_beside_a_debt(carol):
    """Tokens that were frozen when money was taken back and are not any more had repaid nothing, until now."""
    spent, kept = carol.buy(50, 500), carol.buy(50, 500)
    carol.spend(spent, 50, ids=[1100])
    carol.refund(spent)
    totals = carol.model("PurchaseTotal").objects.filter(user=carol.user)
    totals.update(tokens=kept.tokens, cents=kept.paid_cents)


def told_of(old):
    entries = LedgerEntry.objects.filter(wallet=old.user.pk).order_by("pk")
    return list(entries.values_list("kind", "tokens", "balance_after", "cause_kind", "number"))


def wallet_of(old):
    return Wallet.objects.values_list("balance", "debt", "last_number", "posted_number").get(pk=old.user.pk)


def old_keys_are_known(alice):
    """A spend with a key is answered as before, and the hold's key stays where it was; nothing is spent."""
    numbers = dict(TokenUsage.objects.filter(user=alice).values_list("pk", "number"))
    assert numbers == {900: 1, 901: 2, 902: 3, 903: 4, 800: 5}
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {
        "held",
        "other held",
        "other one",
        "other many",
    }
    assert spend(alice, ACTION, idempotency_key="one").pk == 900
    assert [usage.pk for usage in spend_many(alice, [(ACTION, {})] * 2, idempotency_key="many")] == [901, 902]
    assert hold(alice, ACTION, tokens=20, idempotency_key="held").pk == 903
    for key in ("one", "many"):
        with pytest.raises(KeyReused):
            spend(alice, ACTION, metadata={"of": "another"}, idempotency_key=key)
    assert dict(TokenUsage.objects.filter(user=alice).values_list("pk", "number")) == numbers


def a_repaid_debt_is_restored(bob, refund):
    give_back(refund.pk)
    assert told_of(bob)[-1] == ("restore", 70, 70, "reversal", 1)
    assert (wallet_of(bob), remaining_of(bob.user)) == ((70, 0, 1, 1), [70, 0])


def a_debt_is_forgiven(alice):
    """What is owed still falls first; the rest comes back."""
    give_back(Refund.objects.get(user=alice.user.pk).pk)
    assert wallet_of(alice) == (80, 0, 5, 5)


def give_back(refund_id):
    Refund.objects.filter(pk=refund_id).update(status="failed")
    follow_the_money(Purchase.objects.get(refunds=refund_id))
    assert (HourClosing.objects.count(), HourlyTotal.objects.count()) == (1, 1)
