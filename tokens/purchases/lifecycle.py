"""A purchase's life: ordered, paid, or not. One function for each change of its status."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from tokens import rows
from tokens.catalog import Package, get_catalog
from tokens.errors import LiveAccountRefused
from tokens.in_turn import in_turn
from tokens.ledger.due import open_or_make_wallet
from tokens.ledger.lots import credit_purchase
from tokens.ledger.totals import count_bought
from tokens.ledger.wallet import lock_wallet
from tokens.models import CardWish, Purchase
from tokens.purchases import credit_notes, emails
from tokens.purchases.own_terms import forbid_own_terms
from tokens.purchases.reversals import follow_the_money, has_moved_money
from tokens.transactions import money_transaction
from tokens.wording import counted

# Stripe remembers the idempotency key of an unanswered call at least this long, so the call may be repeated.
CALL_REPEATABLE_FOR = timedelta(hours=23)


@dataclass(frozen=True)
class Buyer:
    """Where an order came from. The address and the browser are evidence if it is ever disputed."""

    origin: str = ""
    client_ip: str | None = None
    user_agent: str = ""


@dataclass(frozen=True)
class Item:
    """What is ordered, at the price it has now: a package of tokens, or a month of a plan; named as columns."""

    type: Purchase.Type
    package_key: str
    description: str
    tokens: int
    amount_cents: int
    currency: str

    @classmethod
    def of_package(cls, package: Package) -> Item:
        description = f"{package.name}: {counted(package.tokens, 'token')}"
        terms = (package.tokens, package.price_cents, package.currency)
        return cls(Purchase.Type.TOKENS, package.key, description, *terms)


@money_transaction
def order(user_id: int, item: Item, *, buyer: Buyer, card_wish: str = "") -> Purchase:
    """A pending purchase of `item`: the user's open one of the same thing and price, or a new one.

    Two clicks at once get the same row, because the wallet's lock lets one through at a time. `card_wish` is the
    sentence that was ticked to have the card saved; an order with it is another one. Raises OwnTerms.
    """
    forbid_own_terms(user_id, item.type, item.package_key)
    lock_wallet(user_id)
    if purchase := _open_order(user_id, item, buyer.origin, has_wish=bool(card_wish)):
        return purchase
    purchase = _create(user_id, item, **asdict(buyer) | {"user_agent": buyer.user_agent[:400]})
    if card_wish:
        CardWish.objects.create(purchase=purchase, text=card_wish, next_try_at=purchase.created_at)
    return purchase


def order_by_itself(user_id: int, item: Item) -> Purchase:
    """A pending purchase that nobody ordered on a page; the caller has the wallet locked."""
    return _create(user_id, item)


@money_transaction
def note_payment(purchase: Purchase, *, payment_intent: str) -> Purchase:
    """Remember the PaymentIntent of a purchase that has no page, before anything is charged with it."""
    purchase = _lock(purchase)
    if purchase.stripe_payment_intent_id is None:
        _change(purchase, stripe_payment_intent_id=payment_intent)
    return purchase


@money_transaction
def note_checkout(purchase: Purchase, *, session_id: str, url: str, expires_at: datetime) -> Purchase:
    """Remember the hosted page of a purchase. The same session again changes nothing.

    The session is noted whatever became of the order meanwhile, so that money paid there is found; but only the page
    of an order that is still pending should be shown to anyone.
    """
    purchase = _lock(purchase)
    if purchase.stripe_checkout_session_id is None:
        _change(purchase, stripe_checkout_session_id=session_id, checkout_url=url, checkout_expires_at=expires_at)
    return purchase


@money_transaction
def complete(
    purchase: Purchase,
    *,
    payment_intent: str | None,
    paid_cents: int,
    tax_cents: int = 0,
    session_id: str | None = None,
    invoice_id: str | None = None,
    tokens_expire_at: datetime | None = None,
    is_news: bool = True,
) -> Purchase:
    """The money is certain: credit the tokens, once, however often and from wherever this is called.

    `paid_cents` is what Stripe collected in the smallest unit, `tax_cents` the tax in it; `payment_intent` is its id
    (None when a discount left nothing to pay). A failed or expired purchase whose money came after all is credited
    too. A membership's month names its invoice, and when its allowance ends. Where it
    `is_news`, the buyer is told.
    """
    purchase = _lock(purchase)
    if purchase.is_paid:
        return purchase
    now = timezone.now()
    _change(
        purchase,
        status=Purchase.Status.COMPLETED,
        completed_at=now,
        paid_cents=paid_cents,
        tax_cents=tax_cents,
        stripe_payment_intent_id=payment_intent,
        # The event may be faster than our own record of the page it is about.
        stripe_checkout_session_id=purchase.stripe_checkout_session_id or session_id,
        stripe_invoice_id=purchase.stripe_invoice_id or invoice_id,
        tokens_expire_at=tokens_expire_at,
    )
    if purchase.tokens:
        # An allowance came with the membership; the money was for the membership.
        worth = purchase.worth_cents if purchase.type == Purchase.Type.TOKENS else 0
        wallet = open_or_make_wallet(purchase.user_id, now)
        credit_purchase(wallet, purchase, paid_cents=worth)
    count_bought(purchase)
    has_moved = has_moved_money(purchase)  # a refund's event may have come before the payment's
    if has_moved:
        credit_notes.expect(purchase)
    if has_moved or purchase.type == Purchase.Type.SUBSCRIPTION:
        purchase = follow_the_money(purchase)
    if is_news:
        emails.purchase_completed(purchase, has_moved=has_moved)
    return purchase


@money_transaction
def note_invoice(purchase: Purchase, *, invoice_id: str, url: str, pdf: str) -> Purchase:
    """Remember the invoice of a purchase, and where Stripe shows it. Another one than the first changes nothing."""
    purchase = _lock(purchase)
    is_new = purchase.stripe_invoice_id is None
    known = (purchase.stripe_invoice_id or invoice_id, purchase.invoice_url, purchase.invoice_pdf)
    if known[0] == invoice_id and (is_new or known != (invoice_id, url, pdf)):
        _change(purchase, stripe_invoice_id=invoice_id, invoice_url=url, invoice_pdf=pdf)
    if is_new:
        credit_notes.expect(purchase)
    return purchase


@money_transaction
def mark_processing(purchase: Purchase, *, payment_intent: str | None) -> Purchase:
    """The buyer is done, the bank is not: nothing is credited until the money is certain. A later status stays."""
    purchase = _lock(purchase)
    if purchase.status != Purchase.Status.PENDING:
        return purchase
    processing = Purchase.Status.PROCESSING
    _change(purchase, status=processing, processing_at=timezone.now(), stripe_payment_intent_id=payment_intent)
    return purchase


def fail(purchase: Purchase) -> Purchase:
    """No payment will come from this attempt. Money that has arrived, or arrives later, still counts."""
    return _close(purchase, Purchase.Status.FAILED, of=[Purchase.Status.PENDING, Purchase.Status.PROCESSING])


def expire(purchase: Purchase) -> Purchase:
    """Expire a purchase whose hosted page closed unpaid; any other stays as it is. Returns the purchase."""
    return _close(purchase, Purchase.Status.EXPIRED, of=[Purchase.Status.PENDING])


@money_transaction
def fail_unopened(purchase: Purchase) -> Purchase:
    """No hosted page could be opened for this order. One that a second click opened meanwhile stays open."""
    purchase = _lock(purchase)
    return purchase if purchase.stripe_checkout_session_id else fail(purchase)


def expire_forgotten() -> int:
    """Close orders whose page was never opened and can no longer be: a process died over them. How many."""
    forgotten = Purchase.objects.filter(
        status=Purchase.Status.PENDING,
        stripe_checkout_session_id=None,
        created_at__lt=timezone.now() - CALL_REPEATABLE_FOR,
        is_simulated=False,
        top_up=None,
    )
    expired = Purchase.Status.EXPIRED
    return in_turn("Forgotten purchase", forgotten, lambda purchase: expire(purchase).status == expired)


@money_transaction
def simulate_token_purchase(user_id: int, package: str) -> Purchase:
    """Buy a package with no Stripe at all, through the same `complete`; for development and demonstrations.

    `package` is a package's key. The purchase is marked as simulated and left out of reconciliation.
    Raises UnknownPackage; LiveAccountRefused beside a live Stripe key.
    """
    if "_live_" in settings.STRIPE_SECRET_KEY:
        raise LiveAccountRefused("A purchase is never simulated beside a live Stripe key.")
    chosen = get_catalog().package(package)
    purchase = _create(user_id, Item.of_package(chosen), is_simulated=True)
    return complete(purchase, payment_intent=None, paid_cents=chosen.price_cents)


def for_invoice(user_id: int, item: Item, *, invoice_id: str) -> Purchase:
    """The purchase that stands for an invoice of Stripe's, made once however many ask at the same moment."""
    fresh = Purchase(user_id=user_id, **asdict(item), stripe_invoice_id=invoice_id)
    return fresh if rows.create_once(fresh) else rows.get(Purchase, stripe_invoice_id=invoice_id)


@money_transaction
def adopt(lost: Purchase) -> Purchase:
    """Make a purchase again that this database has lost, pending, however many ask at the same moment."""
    ordered_at = lost.created_at
    Purchase.objects.bulk_create([lost], ignore_conflicts=True)
    Purchase.objects.filter(key=lost.key, adopted_at=lost.adopted_at).update(created_at=ordered_at)
    return Purchase.objects.get(key=lost.key)


def _create(user_id: int, item: Item, **fields: Any) -> Purchase:
    return Purchase.objects.create(user_id=user_id, **asdict(item), **fields)


def _lock(purchase: Purchase) -> Purchase:
    return rows.get(Purchase, pk=purchase.pk, lock=True)


def _change(purchase: Purchase, **values: Any) -> None:
    for name, value in values.items():
        setattr(purchase, name, value)
    rows.update(purchase, *values)


@money_transaction
def _close(purchase: Purchase, status: Purchase.Status, *, of: list[Purchase.Status]) -> Purchase:
    purchase = _lock(purchase)
    if purchase.status in of:
        # Without a page no bank was asked; with one, the event about asking may come after that about the refusal.
        was_asked = purchase.stripe_checkout_session_id or purchase.status == Purchase.Status.PROCESSING
        _change(purchase, status=status)
        if was_asked and status == Purchase.Status.FAILED:
            emails.bank_payment_failed(purchase)
    return purchase


def _open_order(user_id: int, item: Item, origin: str, *, has_wish: bool) -> Purchase | None:
    now = timezone.now()
    latest = (
        Purchase.objects.for_user(user_id)
        .filter(
            **{name: value for name, value in asdict(item).items() if name != "description"},
            status=Purchase.Status.PENDING,
            origin=origin,
            created_at__gt=now - CALL_REPEATABLE_FOR,
            is_simulated=False,
            top_up=None,
            card_wish__isnull=not has_wish,
        )
        .last()
    )
    if latest is None or (latest.checkout_expires_at and latest.checkout_expires_at <= now):
        return None
    return latest
