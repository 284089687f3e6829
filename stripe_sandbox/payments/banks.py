"""Stripe's test bank accounts: the same numbers that do the same things in Stripe's own sandboxes."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from stripe_sandbox.objects import Body

ROUTING_NUMBER = "110000000"
BANK_NAME = "STRIPE TEST BANK"
# What both payment methods and charges show of an account.
SHOWN = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")


@dataclass(frozen=True)
class Bounce:
    """Why a bank sent a debit back. `message` is what the buyer reads."""

    code: str
    message: str


@dataclass(frozen=True)
class BankAccount:
    """`fate` is what becomes of a debit; `bounce` is set when it is sent back. `note` tells the tester."""

    number: str
    fate: Literal["clears", "bounces", "is disputed", "stays"]
    note: str
    bounce: Bounce | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def body(self) -> Body:
        """As a payment method shows it."""
        return {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": BANK_NAME,
            "financial_connections_account": None,
            "fingerprint": hashlib.sha256(self.number.encode()).hexdigest()[:16],
            "last4": self.last4,
            "networks": {"preferred": "ach", "supported": ["ach"]},
            "routing_number": ROUTING_NUMBER,
            "status_details": None,
        }


NO_MONEY = Bounce("insufficient_funds", "The customer's account has insufficient funds to cover this payment.")
_CLOSED = Bounce("account_closed", "The customer's bank account has been closed.")

ACCOUNTS = (
    BankAccount("000123456789", "clears", "The payment clears after some days."),
    BankAccount("000111111113", "bounces", "The payment fails: the account is closed.", _CLOSED),
    BankAccount("000222222227", "bounces", "The payment fails: there is not enough money.", NO_MONEY),
    BankAccount("000555555559", "is disputed", "The payment clears and is then disputed."),
    BankAccount("000000000009", "stays", "The payment stays on its way."),
)
_BY_NUMBER = {account.number: account for account in ACCOUNTS}


def account(number: str | None) -> BankAccount | None:
    """The test bank account with this number; None for any other."""
    return _BY_NUMBER.get(number or "")
