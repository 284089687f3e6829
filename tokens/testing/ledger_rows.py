"""How tests look at the ledger: whole rows, compared with ==."""

from tokens.catalog import get_catalog
from tokens.ledger import writer
from tokens.ledger.running_totals import count_bought
from tokens.ledger.wallet import read_wallet
from tokens.models import LedgerEntry, Lot, Purchase
from tokens.purchases.lifecycle import Buyer, Item, complete, order
from tokens.reports.audit import audit
from tokens.transactions import money_transaction


def entries_of(user):
    """[(kind, tokens, balance_after), …] in the order they were written."""
    return list(
        LedgerEntry.objects.filter(wallet=user.pk).order_by("id").values_list("kind", "tokens", "balance_after")
    )


def remaining_of(user):
    """What remains in each of the user's lots, oldest first."""
    return list(Lot.objects.filter(wallet=user.pk).order_by("id").values_list("remaining", flat=True))


@money_transaction
def make_lot(user, *, tokens, paid_cents=0, expires_at=None):
    """Credit a lot of any kind by way of a purchase, with the worth and the expiry the test wants."""
    purchase = Purchase.objects.create(
        user=user,
        type=Purchase.Type.TOKENS,
        description="lot for a test",
        tokens=tokens,
        amount_cents=paid_cents,
        currency="usd",
        status=Purchase.Status.COMPLETED,
        completed_at="2026-01-01T00:00Z",
        paid_cents=paid_cents,
    )
    wallet = writer.lock_wallet(user.pk)
    lot = writer.credit_purchase(wallet, purchase, paid_cents=paid_cents)
    Lot.objects.filter(pk=lot.pk).update(expires_at=expires_at)
    writer.note_next_due(wallet)
    count_bought(purchase)
    return lot


def buy(user_id, package):
    """A package, paid with money; `simulate_token_purchase` brings the same tokens, and no money moves."""
    item = Item.of_package(get_catalog().package(package))
    purchase = order(user_id, item, buyer=Buyer())
    return complete(purchase, payment_intent=f"pi_{purchase.pk}", paid_cents=item.amount_cents)


def assert_books_are_right():
    assert audit() == []


def figures(user):
    wallet = read_wallet(user.pk)
    return wallet.balance, wallet.frozen, wallet.available
