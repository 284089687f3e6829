"""How tests look at the ledger: whole rows, compared with ==."""

from tokens.catalog import get_catalog
from tokens.ledger.lots import credit_purchase
from tokens.ledger.posting import post_wallet
from tokens.ledger.totals import count_bought
from tokens.ledger.wallet import lock_wallet, read_wallet
from tokens.models import LedgerEntry, Lot, Purchase
from tokens.purchases.lifecycle import Buyer, Item, complete, order
from tokens.reports.audit import audit
from tokens.testing.oracle import Oracle
from tokens.transactions import money_transaction


def post(user):
    """Take what the user has spent out of the lots, as the sweep would."""
    if read_wallet(user.pk).unposted:
        post_wallet(user.pk)


def entries_of(user):
    """[(kind, tokens, balance_after), …] in the order they were written, with everything posted; a posting's entries
    have None for the balance."""
    post(user)
    return list(
        LedgerEntry.objects.filter(wallet=user.pk).order_by("id").values_list("kind", "tokens", "balance_after")
    )


def remaining_of(user):
    """What remains in each of the user's lots, oldest first, with everything posted."""
    post(user)
    return list(Lot.objects.filter(wallet=user.pk).order_by("id").values_list("remaining", flat=True))


def lots_of(user):
    """The user's lots as the oracle's, oldest first, with what is unposted burned there; the books stay as they are."""
    lots = Lot.objects.filter(wallet=user.pk).order_by("id")
    plain = Oracle()
    for tokens, remaining, is_paid, expires_at, frozen_at in lots.values_list(
        "tokens", "remaining", "is_paid", "expires_at", "frozen_at"
    ):
        lot = plain.come_in(tokens, is_paid=is_paid, expires_at=expires_at)
        lot.remaining, lot.is_frozen = remaining, bool(frozen_at)
    plain.burn(read_wallet(user.pk).unposted)
    return plain.lots


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
        tokens_expire_at=expires_at,
    )
    post(user)
    wallet = lock_wallet(user.pk)
    lot = credit_purchase(wallet, purchase, paid_cents=paid_cents)
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
