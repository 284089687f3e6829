"""What can go wrong with memberships, named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokens.errors import InsufficientTokens, TokenError, UnknownChoice

if TYPE_CHECKING:
    from memberships.models import Plan


class UnknownPlan(UnknownChoice):
    title = "Unknown plan"


class UnknownPaymentOrder(UnknownChoice):
    title = "Unknown payment order"


class AlreadyMember(TokenError):
    """A checkout was asked for by someone who has a membership that is paid; it is changed, not bought again."""

    status, title = 409, "Already a member"


class NotSubscribed(TokenError):
    """There is no paid membership to change, cancel or resume."""

    status, title = 409, "Not subscribed"


class PaymentNeeded(TokenError):
    """The payment for a change did not go through; `invoice_url` is where it can be made."""

    status, title = 402, "Payment needed"

    def __init__(self, invoice_url: str) -> None:
        self.invoice_url = invoice_url
        self.more = {"invoice_url": invoice_url}
        super().__init__("The payment did not go through, so nothing has changed. Pay the open invoice, or try again.")


class NothingPays(InsufficientTokens):
    """Neither tokens nor the membership cover what was asked for; nothing changed. All figures are tokens.

    `plan` is an offered plan that would pay for all of it.
    """

    status, title = 402, "Insufficient tokens"

    def __init__(self, *, required: int, balance: int, available: int, debt: int = 0, plan: Plan | None = None) -> None:
        super().__init__(required=required, balance=balance, available=available, debt=debt)
        self.plan = plan
        self.args = ("Buy tokens or upgrade subscription",)
