"""What can go wrong in the domain, named. Each says with which HTTP status it is answered."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from django.utils import dateformat

from tokens.money import format_money
from tokens.wording import counted

if TYPE_CHECKING:
    from datetime import datetime

    from tokens.models import TokenUsage


class TokenError(Exception):
    """The base of every refusal here; `str(error)` is a sentence for the caller.

    `more` is what a program needs besides, as it stands in an API's answer; `status` is the answer's HTTP status, and
    `title` names the problem. `retry_after` says when to ask again, in seconds, of what is over soon.
    """

    status, title = 409, "Refused"
    retry_after: int | None = None
    more: dict[str, Any] = {}
    sentence = ""  # what is said where nothing else is

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or self.sentence)


class UnknownChoice(TokenError):
    """There is nothing of this key; the sentence names the keys there are."""

    status = 400

    def __init__(self, key: str, known: list[str]) -> None:
        super().__init__(f"{self.title} “{key}”. Use: {', '.join(known)}.")


class UnknownPackage(UnknownChoice):
    title = "Unknown package"


class UnknownAction(UnknownChoice):
    title = "Unknown action"


class InsufficientTokens(TokenError):
    """A spend asked for more than is available; nothing changed. All figures are tokens."""

    status, title = 402, "Insufficient tokens"
    tokens_help = True

    def __init__(self, *, required: int, balance: int, available: int, debt: int = 0) -> None:
        self.required, self.balance, self.available = required, balance, available
        # A debt is repaid first by whatever is bought.
        self.shortfall = required + debt - available
        owes = f"owe {debt:,} and " if debt else ""
        has = f"you {owes}have {available:,} available, {self.shortfall:,} short."
        super().__init__(f"This needs {counted(required, 'token')}; {has}")


class SpendingStopped(InsufficientTokens):
    """Staff stopped all spending from this wallet, so nothing of it is available."""

    tokens_help = False

    def __init__(self, *, required: int, balance: int, debt: int = 0) -> None:
        super().__init__(required=required, balance=balance, available=0, debt=debt)
        self.args = ("Spending is suspended for this account. Contact support to have it reviewed.",)


class LimitReached(InsufficientTokens):
    """The customer's own limit of the day or month is used up; a pack would not help. All figures are tokens."""

    title = "Limit reached"
    tokens_help = False

    def __init__(
        self,
        *,
        required: int,
        balance: int,
        available: int,
        period: str,
        limit: int,
        spent: int,
        resets_at: datetime,
    ) -> None:
        super().__init__(required=required, balance=balance, available=available)
        self.more = {
            "period": period,
            "limit": limit,
            "spent": spent,
            "resets_at": resets_at.isoformat().replace("+00:00", "Z"),
        }
        its = {"day": "daily", "month": "monthly"}[period]
        needs = f"This needs {counted(required, 'token')}"
        used = f"of which {spent:,} {'is' if spent == 1 else 'are'} used"
        resets = f"It resets on {dateformat.format(resets_at, 'M j')} at 00:00 UTC; you can raise it in your account."
        too_much = f"{needs}, more than your {its} limit of {limit:,}. You can raise it in your account."
        fits = f"{needs}, and your {its} limit is {limit:,}, {used}. {resets}"
        self.args = (fits if required <= limit else too_much,)


class KeyLimitReached(LimitReached):
    """The cap of the API key for the day or month is used up, whatever else the account may spend; in tokens."""

    title = "Key limit reached"

    def __init__(
        self,
        *,
        required: int,
        balance: int,
        available: int,
        period: str,
        limit: int,
        spent: int,
        resets_at: datetime,
    ) -> None:
        figures = {"required": required, "balance": balance, "available": available}
        super().__init__(**figures, period=period, limit=limit, spent=spent, resets_at=resets_at)
        self.more = {"period": period, "cap": limit, "used": spent, "resets_at": self.more["resets_at"]}
        its, used = {"day": "daily", "month": "monthly"}[period], f"{spent:,} {'is' if spent == 1 else 'are'} used"
        needs, can = f"This needs {counted(required, 'token')}", "you can raise it on the API keys page."
        too_much = f"{needs}, more than the {its} cap of this API key, {limit:,}. {can[0].upper()}{can[1:]}"
        resets = f"It resets on {dateformat.format(resets_at, 'M j')} at 00:00 UTC; {can}"
        fits = f"{needs}, and the {its} cap of this API key is {limit:,}, of which {used}. {resets}"
        self.args = (fits if required <= limit else too_much,)


class PasswordNeeded(TokenError):
    """A limit of one's own is raised with the password only, so that a lost session or API key can't spend more."""

    status, title = 403, "Password needed"
    sentence = "A limit can be lowered here, but raising or removing one needs your password: use the limits page."


class MissingScope(TokenError):
    """The caller's API key may not do this."""

    status, title = 403, "Missing scope"

    def __init__(self, scope: str, *, has: list[str]) -> None:
        self.more = {"scope": scope, "scopes": has}
        super().__init__(
            f"This API key lacks the scope “{scope}”; it has: {', '.join(has)}. "
            "Use a key that has it, or create one on the API keys page."
        )


def retry_in(seconds: float | None) -> str:
    """The sentence for a caller who was too fast, with the seconds to wait."""
    wait = max(1, ceil(seconds or 0))
    return f"Retry in {wait} {'second' if wait == 1 else 'seconds'}."


class TooManyRequests(TokenError):
    """Somebody was too fast; nothing changed. `what` there was too much of is in the plural."""

    status, title = 429, "Too many requests"

    def __init__(self, *, wait_seconds: float, what: str = "requests") -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"Too many {what}. {retry_in(wait_seconds)}")


class TooManySpends(TooManyRequests):
    """The wallet's rate of API calls that spend is used up."""


class BooksDisagree(TokenError):
    """A wallet's balance and its lots do not agree, so nothing is taken; `manage.py check_ledger` says where."""

    status, title = 500, "Ledger mismatch"


class NoSuchPurchase(TokenError):
    """There is no such purchase of this user's, or it has no invoice where that was asked for."""

    status, title = 404, "Unknown purchase"


class UnknownHold(TokenError):
    """There is no such hold of this user's."""

    status, title = 404, "Unknown hold"


class HoldEnded(TokenError):
    """A hold was asked for something its state no longer allows; `usage` is the hold as it is."""

    status, title = 409, "Hold ended"

    def __init__(self, usage: TokenUsage) -> None:
        self.usage = usage
        captured = f"was captured with {counted(usage.tokens_spent, 'token')}"
        how = {"spent": captured, "released": f"was released ({usage.reason})"}
        super().__init__(f"Hold {usage.pk} {how.get(usage.status, 'has ended')}.")


class CaptureExceedsHold(TokenError):
    status, title = 400, "Capture exceeds hold"

    def __init__(self, *, held: int, wanted: int) -> None:
        super().__init__(f"This hold has {held} tokens: capture from 1 to {held}, not {wanted}.")


class UnknownUsage(TokenError):
    """There is no such usage of this user's."""

    status, title = 404, "Unknown usage"


class NotReversible(TokenError):
    """A spend can't be reversed, or not by who asks."""

    title = "Not reversible"


class ReversalExceedsSpend(TokenError):
    """More of a spend should be taken back than is left of it."""

    title = "Reversal exceeds spend"

    def __init__(self, usage_id: int, *, left: int, wanted: int) -> None:
        self.more = {"left": left}
        one = "Only 1 is left" if left == 1 else f"{left:,} are left"
        some = f"{one} of usage {usage_id} to reverse, fewer than {wanted:,}."
        super().__init__(some if left else f"All of usage {usage_id} has been reversed already.")


class NotRefundable(TokenError):
    """No money of this purchase could be given back."""


class RefundTooLarge(TokenError):
    """`most_cents` is what may be given back, in the smallest unit."""

    status, title = 400, "Refund too large"

    def __init__(self, *, most_cents: int, currency: str) -> None:
        self.most_cents = most_cents
        super().__init__(f"At most {format_money(most_cents, currency)} can be refunded.")


class NotPermitted(TokenError):
    """The member of staff lacks the permission for this."""

    status, title = 403, "Not permitted"


class ActOnSelf(NotPermitted):
    """A member of staff acted on their own account, which nobody does, whatever their role."""

    def __init__(self, sentence: str = "You can't do this to your own account. Ask a colleague.") -> None:
        super().__init__(sentence)


class OwnTerms(NotPermitted):
    """A member of staff buys what they added or changed themself lately."""

    def __init__(self, name: str) -> None:
        super().__init__(f"You changed this {name} yourself; ask a colleague to buy or undo it.")


class SessionMismatch(TokenError):
    """A Checkout Session does not agree with the purchase it names; nothing was credited."""


class UnknownPurchase(TokenError):
    """Stripe names a purchase of ours that is not in this database."""


class NotAdoptable(TokenError):
    """A Checkout Session doesn't say enough, or not of this shop's, to make its lost purchase again."""


class KeyReused(TokenError):
    status, title = 422, "Idempotency key reused"
    sentence = "This Idempotency-Key was used for a different request. Send a new key."


class KeyInUse(TokenError):
    status, title, retry_after = 409, "Idempotency key in use", 1
    sentence = "A request with this Idempotency-Key is still in progress. Try again in a moment."


class StripeFailed(TokenError):
    """Stripe could not be reached, or refused; nothing was charged."""

    status, title = 502, "Stripe refused"


class StripeUnreachable(StripeFailed):
    """No usable answer came: no connection, none in time, or a fault on Stripe's side."""

    status, title = 502, "Stripe unreachable"
    sentence = "Stripe isn't answering; nothing was charged. Please try again in a moment."


class StripeBusy(StripeUnreachable):
    """As many calls to Stripe are under way in this process as it may make, so this one was not made."""

    status, title, retry_after = 503, "Stripe busy", 2
    sentence = "Stripe is busy; nothing was charged. Please try again in a moment."


class CardRefused(StripeFailed):
    """A card was refused. `code` is Stripe's decline code; `intent` the PaymentIntent (plain data), if it was one's."""

    status, title = 402, "Card refused"

    def __init__(self, message: str, *, code: str = "", intent: dict[str, Any] | None = None) -> None:
        self.code, self.intent = code, intent
        super().__init__(message)


class CallUnderWay(TokenError):
    """A duplicate of a request whose first call to Stripe has not been answered yet."""

    status, title, retry_after = 409, "Request under way", 2
    sentence = "Your first request is still waiting for Stripe. Try again in a moment."


class NoSuchObject(StripeFailed):
    """Stripe does not know the id. `param` is the parameter that named it."""

    def __init__(self, message: str, param: str | None = None) -> None:
        self.param = param
        super().__init__(message)


class NoSuchPage(TokenError):
    """An address names a page of a list that no link leads to."""

    status, title = 400, "Unknown page"
    sentence = "This page doesn't exist. Start again from the first page."


class UnknownMonth(TokenError):
    """A statement was asked for of what is no month, or of one that is out of reach."""

    status, title = 400, "Unknown month"
    leads_to = "statement"

    def __init__(self, text: str, *, earliest: int) -> None:
        super().__init__(f"Unknown month “{text[:40]}”. Use one from {earliest} on, such as 2026-11.")


class UnknownKind(UnknownChoice):
    title = "Unknown kind of movement"
    leads_to = "statement"


class BadFilter(TokenError):
    """Usage was asked for with filters that it doesn't take; `wrong` says of each, by its label, what is wrong."""

    status, title = 400, "Invalid filter"
    leads_to = "usage"

    def __init__(self, wrong: dict[str, list[str]]) -> None:
        super().__init__(" ".join(f"{label}: {' '.join(sentences)}" for label, sentences in wrong.items()))


class BadWebhook(TokenError):
    """A delivery that is not Stripe's, too old, or not for this mode; nothing was stored."""

    status, title = 400, "Invalid webhook"


class NotOurs(TokenError):
    """What Stripe tells is about another product or account, so nothing is to be done here."""


class LiveAccountRefused(TokenError):
    """Simulated money was asked for beside a live Stripe key."""

    status, title = 409, "Live account"
