"""What the database itself refuses."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts import sql
from tokens.errors import BooksDisagree
from tokens.ledger.lots import credit_purchase
from tokens.ledger.wallet import lock_wallet
from tokens.models import LedgerEntry, Lot, Posting, Purchase, TokenUsage, Wallet
from tokens.spending.holds import capture, hold
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import buy, post
from tokens.testing.planting import plant_usage

pytestmark = pytest.mark.django_db


@pytest.fixture
def purchase(alice):
    purchase = buy(alice.pk, "pro")
    spend(alice, "ai_analysis")
    post(alice)
    return purchase


# --- entries ---------------------------------------------------------------------------


def test_an_entry_cannot_be_changed(purchase):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LedgerEntry.objects.update(tokens=1)
    assert list(LedgerEntry.objects.order_by("id").values_list("tokens", flat=True)) == [500, -5]


def test_an_entry_cannot_be_deleted(purchase):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_entries")
    assert LedgerEntry.objects.count() == 2


def test_a_purchase_cannot_be_credited_twice(alice, purchase):
    wallet = lock_wallet(alice.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        credit_purchase(wallet, purchase, paid_cents=4000)
    assert Lot.objects.count() == 1


@pytest.mark.parametrize("kind", ["credit", "spend"])
def test_the_same_cause_moves_a_lot_in_one_way_only_once(purchase, kind):
    entry = LedgerEntry.objects.get(kind=kind)
    entry.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


@pytest.mark.parametrize(
    ("kind", "tokens"), [("credit", -5), ("spend", 5), ("hold", 5), ("release", -5), ("deduct", 0)]
)
def test_an_entry_has_the_sign_of_its_kind(purchase, kind, tokens):
    entry = LedgerEntry.objects.get(kind="spend")
    entry.pk, entry.kind, entry.tokens = None, kind, tokens
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


@pytest.mark.parametrize("missing", ["cause_kind", "cause_id"])
def test_an_entry_has_a_cause(purchase, missing):
    entry = LedgerEntry.objects.get(kind="spend")
    entry.pk = None
    setattr(entry, missing, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


# --- usages ----------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"number": 2}, {"action": "csv_import"}, {"tokens_spent": 6}], ids=str)
def test_what_a_spend_says_cannot_be_changed(purchase, change):
    before = TokenUsage.objects.values().get()
    with pytest.raises(DatabaseError, match="a usage keeps its number"), transaction.atomic():
        TokenUsage.objects.update(**change)
    assert TokenUsage.objects.values().get() == before


def test_a_usage_cannot_be_given_to_somebody_else(purchase, bob):
    with pytest.raises(DatabaseError, match="a usage keeps its number"), transaction.atomic():
        TokenUsage.objects.update(user=bob)


@pytest.mark.parametrize("change", [{"number": 9}, {"action": "csv_import"}], ids=str)
def test_a_hold_keeps_its_number_and_action_and_may_end_with_fewer_tokens(alice, purchase, change):
    held = hold(alice, "data_export")
    with pytest.raises(DatabaseError, match="a usage keeps its number"), transaction.atomic():
        TokenUsage.objects.filter(pk=held.pk).update(**change)
    assert capture(held, tokens=3).tokens_spent == 3


@pytest.mark.parametrize("take", [spend, hold])
def test_a_usage_cannot_be_deleted(alice, purchase, take):
    usage = take(alice, "data_export")
    delete = f"DELETE FROM token_usage WHERE id = {usage.pk}"
    with pytest.raises(DatabaseError, match="a usage keeps its number"), transaction.atomic():
        sql.run(delete, [])
    assert TokenUsage.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"quantity": 0}, "usage_counts_something"),
        ({"batch_size": 0}, "usage_counts_something"),
        ({"quantity": -1}, "usage_counts_something"),
        ({"tokens_spent": 0}, "usage_spends_something"),
        ({"tokens_spent": -1}, "usage_spends_something"),
        ({"status": "held"}, "hold_expires"),
        ({"status": "released", "tokens_spent": 0}, "release_has_a_reason"),
        ({"status": "released", "tokens_spent": 0, "reason": "odd"}, "release_has_a_reason"),
        ({"reason": "caller"}, "release_has_a_reason"),
    ],
    ids=str,
)
def test_a_usage_says_nothing_that_cannot_be(alice, purchase, wrong, rule):
    of_sqlite = "CHECK constraint failed: (quantity|batch_size|tokens_spent)"
    with pytest.raises(IntegrityError, match=f"{rule}|{of_sqlite}"), transaction.atomic():
        plant_usage(alice, number=2, **wrong)
    held = hold(alice, "data_export")
    change = {"expires_at": None} if rule == "hold_expires" else wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        TokenUsage.objects.filter(pk=held.pk).update(**change)


def test_two_usages_of_a_customer_cannot_have_one_number(alice, bob, purchase):
    with pytest.raises(IntegrityError), transaction.atomic():
        plant_usage(alice, number=1)
    buy(bob.pk, "starter")
    assert spend(bob, "import_domain").number == 1


def test_two_usages_of_a_customer_cannot_have_one_key(alice, bob, purchase):
    buy(bob.pk, "starter")
    for user in (alice, bob):
        spend(user, "import_domain", idempotency_key="k")
    key = TokenUsage.objects.filter(user=alice).latest("pk").key_digest
    with pytest.raises(IntegrityError), transaction.atomic():
        plant_usage(alice, number=3, key_digest=key)


# --- lots, postings, wallets and purchases ---------------------------------------------


@pytest.mark.breaks_the_books
def test_a_spend_that_the_lots_do_not_cover_is_not_posted(alice, purchase):
    Lot.objects.update(remaining=3)
    spend(alice, "ai_analysis")
    with pytest.raises(BooksDisagree), transaction.atomic():
        post(alice)
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("remaining", [-1, 501])
def test_a_lot_has_neither_less_than_nothing_nor_more_than_came(purchase, remaining):
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.update(remaining=remaining)


def test_the_same_usages_cannot_be_posted_twice(purchase):
    posting = Posting.objects.get()
    posting.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        posting.save(force_insert=True)


@pytest.mark.parametrize(
    "wrong",
    [{"balance": -1}, {"unposted": -1}, {"posted_number": 2}, {"held": -1}, {"debt": -1}, {"frozen": -1}],
    ids=str,
)
def test_a_wallet_has_no_figures_that_cannot_be(purchase, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.update(**wrong)


@pytest.mark.parametrize("wrong", [{"completed_at": None}, {"paid_cents": None}, {"status": "failed"}])
def test_a_purchase_says_when_and_what_was_paid_if_it_was_and_only_then(purchase, wrong):
    with pytest.raises(IntegrityError, match="purchase_paid_says_when_and_what"), transaction.atomic():
        Purchase.objects.update(**wrong)
