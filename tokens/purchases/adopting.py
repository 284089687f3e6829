"""Purchases that a restored database lacks, made again from what their Checkout Sessions say.

The session carries what was ordered (`checkout.order_in_words`); Stripe itself says who, how much and whether it was
paid. A number here means nothing: a restored database gives the numbers of what it lost to others. So a purchase is
known by its key, and a user who joined after the session was made is another person with the same number.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http.request import validate_host
from django.utils import timezone

from tokens.errors import NotAdoptable
from tokens.models import Purchase, StripeCustomer
from tokens.purchases import lifecycle
from tokens.purchases.checkout import mismatches, payment_has_failed, settle_session
from tokens.stripe_api.pointers import id_in, part, pointer_on
from tokens.transactions import money_transaction

Data = dict[str, Any]
TYPES = {"payment": Purchase.Type.TOKENS, "subscription": Purchase.Type.SUBSCRIPTION}
MOST = 2**31 - 1  # what a column of the purchase holds


def may_bring_money(session: Data) -> bool:
    """Whether a session (plain data, its PaymentIntent in whole) was paid, or still may be."""
    return session["status"] != "expired" and not payment_has_failed(session)


def adopt(session: Data) -> Purchase:
    """The purchase that a session (plain data, its PaymentIntent in whole) names, made again and settled, once.

    In one transaction: whatever found it pending would settle it as news. Raises NotAdoptable; SessionMismatch. The
    buyer of one that was paid had a receipt then, and gets no second one.
    """
    lost = _lost(session)
    _refuse_what_differs(session, lost)
    return _make_and_settle(session, lost)


@money_transaction
def _make_and_settle(session: Data, lost: Purchase) -> Purchase:
    purchase = lifecycle.adopt(lost)
    adopt_customer(session, purchase)
    return settle_session(session, is_news=False)


def _lost(session: Data) -> Purchase:
    """The purchase as it was ordered; not saved yet. Raises NotAdoptable."""
    order, made_at = part(session, "metadata"), datetime.fromtimestamp(session["created"], UTC)
    key = pointer_on(session)
    if key is None:
        raise NotAdoptable("it names no purchase of this shop.")
    if "package" not in order:
        was_for = part(session, "payment_intent").get("description") or "a membership"
        raise NotAdoptable(f"it was opened by a version that didn't say there what was ordered ({was_for}).")
    if session["mode"] not in TYPES:
        raise NotAdoptable(f"nothing of this shop's is sold in the mode {session['mode']}.")
    expires_at = session["expires_at"]
    return Purchase(
        key=key,
        user_id=buyer_of(str(session["client_reference_id"] or ""), session, made_at),
        type=TYPES[session["mode"]],
        package_key=str(order["package"])[:50],
        description=str(order.get("description") or order["package"])[:200],
        tokens=number_in(order, "tokens"),
        amount_cents=number_in(order, "price"),
        currency=session["currency"],
        origin=_origin_of(session),
        **_returns_of(session),
        stripe_checkout_session_id=session["id"],
        checkout_url=session["url"] or "",
        checkout_expires_at=datetime.fromtimestamp(expires_at, UTC) if expires_at else None,
        created_at=made_at,
        adopted_at=timezone.now(),
    )


def buyer_of(named: str, object: Data, made_at: datetime) -> int:
    """The user who bought, `named` at Stripe: here by that number, and already then. Raises NotAdoptable."""
    user = get_user_model().objects.filter(pk=int(named)).first() if named.isdecimal() and int(named) <= MOST else None
    if user is None:
        raise NotAdoptable(f"its buyer, user {named or '(none)'}, is not in this database.")
    if user.date_joined.replace(microsecond=0) > made_at:  # Stripe counts whole seconds
        raise NotAdoptable(f"user {named} joined after it was opened, and is another person than its buyer.")
    owner = StripeCustomer.objects.filter(stripe_id=id_in(object, "customer") or "").first()
    if owner and owner.user_id != user.pk:
        raise NotAdoptable(f"its buyer is user {named}, but its Stripe customer is that of user {owner.user_id}.")
    return int(named)


def _origin_of(session: Data) -> str:
    """Scheme and host of the shop that opened the page. Raises NotAdoptable for another shop on the account."""
    return require_our_address((session["metadata"] or {}).get("shop") or session["success_url"] or "")


def _returns_of(session: Data) -> dict[str, str]:
    """Where the buyer returns to, if that isn't to a page of the shop's."""
    shop = f"{_origin_of(session)}/"
    given = {name: session[name] or "" for name in ("success_url", "cancel_url")}
    return {name: "" if address.startswith(shop) else address[:2000] for name, address in given.items()}


def require_our_address(url: str) -> str:
    """Its scheme and host, which are this shop's. Raises NotAdoptable for another shop on the account."""
    address = urlsplit(url)
    if not validate_host(address.hostname or "", settings.ALLOWED_HOSTS):
        raise NotAdoptable(f"it was opened by the shop at {address.netloc}, which ALLOWED_HOSTS doesn't name.")
    return f"{address.scheme}://{address.netloc}"


def number_in(order: Data, name: str) -> int:
    text = str(order.get(name) or "")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) and int(text) <= MOST):
        raise NotAdoptable(f"its metadata has “{text}” for {name}, which isn't a number.")
    return int(text)


def _refuse_what_differs(session: Data, lost: Purchase) -> None:
    """Nothing is made of a session whose price is not what it says was ordered. A plan's price may have moved on."""
    wrong = mismatches(session, lost) if session["mode"] == "payment" and session["status"] == "complete" else []
    if wrong:
        raise NotAdoptable(f"it says otherwise than its metadata in {', '.join(wrong)}.")
    if lost.type == Purchase.Type.TOKENS and not lost.tokens:
        raise NotAdoptable("its metadata says that no tokens were ordered.")


def adopt_customer(object: Data, purchase: Purchase) -> None:
    """The buyer's Customer at Stripe, with the cards kept there, unless the buyer has a newer one by now."""
    customer_id = id_in(object, "customer")
    if customer_id:
        row, _ = StripeCustomer.objects.get_or_create(user_id=purchase.user_id)
        StripeCustomer.objects.filter(pk=row.pk, stripe_id=None).update(stripe_id=customer_id)
