"""What money in another currency comes to in the purchase's own, by Stripe's own figures; nothing is guessed.

Stripe says the same money up to three times: as the buyer's bank has it (amount, currency), as the account settled it
(balance transactions) and, on the purchase's charge, what the whole came to in each of these. Fees never count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tokens.models import Purchase
from tokens.money import format_money

Data = dict[str, Any]


@dataclass(frozen=True)
class Settled:
    """What a dispute moved in the account's currency (smallest unit): the most that was gone, and what is still gone.

    All as if converted at the rate of the first movement. No currency and 1 of 1: it moved in several currencies.
    """

    currency: str = ""
    taken: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Withdrawal:
    """What a dispute took and gave back of the purchase's money; `unclear` says why that is not known."""

    withdrawn: int = 0
    reinstated: int = 0
    unclear: str = ""


def settled(dispute: Data) -> Settled:
    """What the balance transactions of a dispute (plain data) say, in whatever order they are listed."""
    moves = _moves(dispute)
    currencies = {code_of(move) for move in moves}
    if len(currencies) > 1:
        return Settled("", 1, 1)
    gone = most = Fraction(0)
    for amount in _at_one_rate(moves):
        gone -= amount
        most = max(most, gone)
    return Settled("".join(currencies), half_up(most), half_up(max(gone, Fraction(0))))


def withdrawal_of(purchase: Purchase, dispute: Data) -> Withdrawal:
    """What a dispute (plain data, its charge in whole where another currency is to be related) did to the purchase."""
    money, sent = settled(dispute), code_of(dispute)
    if not money.taken:
        return Withdrawal()
    withdrawn = _disputed(purchase, dispute, money)
    if withdrawn is not None and money.currency == purchase.currency and money.kept and withdrawn == money.taken:
        kept = -sum(move["amount"] for move in _moves(dispute))
        return Withdrawal(withdrawn, withdrawn - min(withdrawn, kept))
    if withdrawn is not None:
        return share(withdrawn, money)
    if not money.kept:
        return Withdrawal()
    said = format_money(dispute["amount"], sent)
    took = format_money(money.taken, money.currency) if money.currency else "money in several currencies"
    return Withdrawal(unclear=f"{said} is disputed and {took} was taken for it. {_cannot_tell(purchase)}")


def share(withdrawn: int, money: Settled) -> Withdrawal:
    """So much was withdrawn; of it, the share that came back at Stripe was reinstated."""
    kept = half_up(Fraction(withdrawn * money.kept, money.taken)) if money.taken else withdrawn
    return Withdrawal(withdrawn, withdrawn - kept)


def refunded(purchase: Purchase, refund: Data) -> int | None:
    """What a refund (plain data, with its charge and movement in whole) gave back of the purchase; None: not known."""
    sent = code_of(refund)
    if sent == purchase.currency:
        return int(refund["amount"])
    shown, movement = refund.get("presentment_details"), refund.get("balance_transaction")
    amounts = {sent: refund["amount"]}
    if shown:
        amounts.setdefault(shown["presentment_currency"].lower(), shown["presentment_amount"])
    if isinstance(movement, dict):
        amounts.setdefault(code_of(movement), -movement["amount"])
    return _related(purchase, amounts, refund, is_whole=_is_the_whole_charge(refund))


def why_unclear(purchase: Purchase, refund: Data) -> str:
    """A sentence for staff: why a refund in another currency can't be counted without them."""
    return f"{format_money(refund['amount'], code_of(refund))} was refunded. {_cannot_tell(purchase)}"


def code_of(money: Data) -> str:
    """The currency of anything of Stripe's, in lower case as our rows have it."""
    return str(money["currency"]).lower()


def half_up(number: Fraction) -> int:
    """The nearest whole number; halves away from zero for positive numbers."""
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)


def _disputed(purchase: Purchase, dispute: Data, money: Settled) -> int | None:
    amount = int(dispute["amount"])
    if not money.currency:
        return None
    if code_of(dispute) == purchase.currency:
        return min(amount, money.taken) if money.currency == purchase.currency else amount
    return _related(purchase, {code_of(dispute): amount, money.currency: money.taken}, dispute)


def _related(purchase: Purchase, amounts: dict[str, int], about: Data, *, is_whole: bool = False) -> int | None:
    """`amounts` are one sum in several currencies, first as the buyer's bank has it. Never more than the whole.

    The whole in the bank's currency is the whole, whatever the day's rate made of it; then the purchase's own currency
    decides; then the share of what the whole came to in one of the others.
    """
    worth = _worth(about)
    whole = worth.get(purchase.currency) or purchase.expected_cents
    sent = next(iter(amounts))
    if is_whole or (sent in worth and amounts[sent] >= worth[sent]):
        return whole
    if purchase.currency in amounts:
        return min(whole, amounts[purchase.currency])
    shares = [Fraction(amount, worth[code]) for code, amount in amounts.items() if worth.get(code)]
    return min(whole, half_up(whole * shares[0])) if shares else None


def _worth(about: Data) -> dict[str, int]:
    """What the whole charge came to, by currency: as it was made, as the buyer saw it, as it was settled."""
    charge = about.get("charge")
    if not isinstance(charge, dict):
        return {}
    worth = {code_of(charge): int(charge["amount"])}
    shown, movement = charge.get("presentment_details"), charge.get("balance_transaction")
    if shown:
        worth.setdefault(shown["presentment_currency"].lower(), int(shown["presentment_amount"]))
    if isinstance(movement, dict):
        worth.setdefault(code_of(movement), int(movement["amount"]))
    return worth


def _is_the_whole_charge(refund: Data) -> bool:
    """Stripe calls the charge refunded, and this refund is the only one of it."""
    charge = refund.get("charge")
    if not (isinstance(charge, dict) and charge["refunded"]):
        return False
    listed = charge.get("refunds") or {"data": [], "has_more": False}
    counting = {each["id"] for each in listed["data"] if each["status"] not in ("failed", "canceled")}
    return counting == {refund["id"]} and not listed["has_more"]


def _moves(dispute: Data) -> list[Data]:
    """In the order of time."""
    return sorted(filter(_is_of_the_buyer, dispute["balance_transactions"]), key=_in_time)


def _is_of_the_buyer(move: Data) -> bool:
    """Where the fee is a movement of its own, it is Stripe's."""
    return move.get("type") != "stripe_fee" and move.get("reporting_category") != "fee"


def _in_time(move: Data) -> tuple[int, int]:
    """What goes out comes before what comes back in the same second."""
    return move.get("created") or 0, move["amount"]


def _at_one_rate(moves: list[Data]) -> Iterable[Fraction]:
    """The amounts at the first one's rate: each day has its own, and the buyer's bank gives back what it took.

    A conversion rounds, so what is left of a sum that came back is nothing while it is less than one unit a movement.
    """
    rates = [Fraction(str(move["exchange_rate"])) for move in moves if move.get("exchange_rate")]
    if len(rates) < len(moves) or not rates:
        return [Fraction(move["amount"]) for move in moves]
    amounts = [move["amount"] * rates[0] / rate for move, rate in zip(moves, rates, strict=True)]
    left = sum(amounts)
    return [*amounts, -left] if amounts[-1] > 0 and abs(left) <= len(moves) else amounts


def _cannot_tell(purchase: Purchase) -> str:
    paid = format_money(purchase.expected_cents, purchase.currency)
    return f"Stripe's figures do not say how much of the {paid} paid that is."
