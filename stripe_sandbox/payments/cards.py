"""Stripe's test cards: the same numbers that do the same things in Stripe's own sandboxes (docs.stripe.com/testing)."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a card was refused. `message` is what the buyer reads."""

    code: str
    decline_code: str | None
    message: str

    @property
    def named(self) -> dict[str, str]:
        """What an error says of it beside its code."""
        return {"decline_code": self.decline_code} if self.decline_code else {}


@dataclass(frozen=True)
class TestCard:
    """`decline` is what charging it does (None: it pays); `asks_bank` means 3-D Secure comes first.

    `asks_always`: also for charges that are made without the buyer, however the card was saved. `asks_never_absent`:
    for none of them, as if its bank had agreed to them before.
    """

    number: str
    brand: str = "visa"
    funding: str = "credit"
    decline: Decline | None = None
    asks_bank: bool = False

    @property
    def asks_always(self) -> bool:
        return self.number in _ASKING_ALWAYS

    @property
    def asks_never_absent(self) -> bool:
        return self.number in _SET_UP_ALREADY

    @property
    def risk(self) -> tuple[str, int]:
        """What Radar makes of it: the level, and the score of 100."""
        return _RISKS.get(self.number, ("normal", 20))


@dataclass(frozen=True)
class Card:
    """A card as typed in. The number of one that is no test card is never kept."""

    number: str
    exp_month: int
    exp_year: int

    @property
    def test_card(self) -> TestCard:
        return _BY_NUMBER.get(self.number) or TestCard(self.number, brand_of(self.number), decline=_REAL_CARD)

    @property
    def is_test_card(self) -> bool:
        return self.number in _BY_NUMBER

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


SAVED_THEN_REFUSED = "4000000000000341"
_DECLINED = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", _DECLINED)
EXPIRED = Decline("expired_card", None, "Your card has expired.")
NO_MONEY = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
# Refused by Stripe itself, so no bank is asked.
BLOCKED = Decline("card_declined", "fraudulent", _DECLINED)
# The bank wants 3-D Secure of a buyer who is not there.
UNAUTHENTICATED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
_REAL_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. Use a test card such as "
    "4242 4242 4242 4242; more are listed at https://docs.stripe.com/testing.",
)

_PAYING = (
    ("visa", "4242424242424242 4012888888881881 4000000000000077 4000000000003220 4000002500003155 4000002760003184"),
    ("visa", "4000003800000446 4000000000009235"),
    # These pay now; what happens to them later (disputes, warnings, slow refunds) is not part of the payment.
    ("visa", "4000000000000259 4000000000002685 4000000000001976 4000000000005423 4000000000007726 4000000000005126"),
    ("mastercard", "5555555555554444 2223003122003222 5200828282828210 5105105105105100"),
    ("amex", "378282246310005 371449635398431"),
    ("discover", "6011111111111117 6011000990139424"),
    ("diners", "3056930009020004 36227206271667"),
    ("jcb", "3566002020360505"),
    ("unionpay", "6200000000000005"),
)
_ASKING_ALWAYS = {"4000002760003184", "4000000000003220", "4000008400001629", "4000008260003178"}
_SET_UP_ALREADY = {"4000003800000446"}
_ASKING_BANK = _ASKING_ALWAYS | _SET_UP_ALREADY | {"4000002500003155"}
_RISKS = {
    "4000000000009235": ("elevated", 65),
    "4000000000004954": ("highest", 85),
    "4100000000000019": ("highest", 90),
}
_DECLINING = {
    "4000000000000002": GENERIC,
    # Can be saved, and is refused whenever it is charged.
    SAVED_THEN_REFUSED: GENERIC,
    "4000008400001629": GENERIC,
    "4000008260003178": NO_MONEY,
    "4000000000009995": NO_MONEY,
    "4000000000009987": Decline("card_declined", "lost_card", _DECLINED),
    "4000000000009979": Decline("card_declined", "stolen_card", _DECLINED),
    "4000000000006975": Decline(
        "card_declined",
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    ),
    "4000000000004954": BLOCKED,
    "4100000000000019": BLOCKED,
    "4000000000000069": EXPIRED,
    "4000000000000127": Decline("incorrect_cvc", None, "Your card's security code is incorrect."),
    "4000000000000119": Decline(
        "processing_error", None, "An error occurred while processing your card. Try again in a little bit."
    ),
}
_BY_NUMBER = {
    number: TestCard(number, brand, asks_bank=number in _ASKING_BANK)
    for brand, numbers in _PAYING
    for number in numbers.split()
} | {
    number: TestCard(number, decline=decline, asks_bank=number in _ASKING_BANK)
    for number, decline in _DECLINING.items()
}
_BY_NUMBER["4000056655665556"] = TestCard("4000056655665556", funding="debit")

_BRANDS = (
    ("4", "visa"), ("34", "amex"), ("37", "amex"), ("5", "mastercard"), ("2", "mastercard"), ("60", "discover"),
    ("64", "discover"), ("65", "discover"), ("30", "diners"), ("36", "diners"), ("38", "diners"), ("35", "jcb"),
    ("62", "unionpay"),
)  # fmt: skip


def brand_of(number: str) -> str:
    """The card brand by the number's first digits; "unknown" for any other."""
    return next((brand for prefix, brand in _BRANDS if number.startswith(prefix)), "unknown")
