"""What a customer agrees to: one sentence with pack, price, threshold and limit, kept as it was read."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tokens.catalog import Package, get_catalog
from tokens.ledger import top_up
from tokens.ledger.due import open_or_make_wallet
from tokens.models import AutoTopUp, Purchase, SavedCard, TopUpConsent, Wallet
from tokens.models.catalog import MOST_TOKENS
from tokens.money import format_money
from tokens.purchases.own_terms import forbid_own_terms
from tokens.top_up.errors import ConsentNeeded, ConsentOutOfDate, InvalidTopUp, NoSavedCard, TopUpUnavailable
from tokens.top_up.switching import stop_open, turn_off
from tokens.transactions import money_transaction
from tokens.wording import counted

MOST_CENTS = 99_999_999


@dataclass(frozen=True)
class Terms:
    """Below how many tokens which pack is bought, and for how much in a month at most (in the smallest unit)."""

    package_key: str
    threshold: int
    monthly_limit_cents: int


@dataclass(frozen=True)
class Offer:
    """Terms with what they come to now: the pack as it is sold, the card that pays, and whether it buys at once."""

    terms: Terms
    package: Package
    card: SavedCard
    buys_at_once: bool

    @property
    def sentence(self) -> str:
        """What the customer reads and ticks."""
        pack, terms = self.package, self.terms
        price = price_of(pack)
        limit = format_money(terms.monthly_limit_cents, pack.currency)
        at_once = " That is the case now, so the first pack is bought at once." if self.buys_at_once else ""
        return (
            f"Whenever fewer than {counted(terms.threshold, 'token')} {'is' if terms.threshold == 1 else 'are'} "
            f"available, {settings.SITE_NAME} may charge my {self.card} {price} for {pack.name} "
            f"({counted(pack.tokens, 'token')}) without asking me each time, at most {limit} in a calendar month "
            f"(UTC). I can turn this off at any time.{at_once}"
        )


def offer(user_id: int, terms: Terms, wallet: Wallet) -> Offer:
    """What these terms come to. Raises UnknownPackage, InvalidTopUp, NoSavedCard, TopUpUnavailable, OwnTerms."""
    package = checked(terms)
    forbid_own_terms(user_id, Purchase.Type.TOKENS, package.key)
    is_below = wallet.balance - wallet.frozen < terms.threshold
    return Offer(terms, package, chargeable_card(user_id), is_below)


def checked(terms: Terms) -> Package:
    """The pack of terms that make sense. Raises UnknownPackage, InvalidTopUp, TopUpUnavailable."""
    if settings.STRIPE_TAX:
        raise TopUpUnavailable
    package = get_catalog().package(terms.package_key)
    most = min(package.tokens, MOST_TOKENS)
    if not 1 <= terms.threshold <= most:
        raise InvalidTopUp(
            "threshold", f"Enter a threshold from 1 to {most:,} tokens: one {package.name} must bring you above it."
        )
    if not package.price_cents <= terms.monthly_limit_cents <= MOST_CENTS:
        least, largest = (format_money(cents, package.currency) for cents in (package.price_cents, MOST_CENTS))
        raise InvalidTopUp(
            "monthly_limit", f"Enter a monthly limit from {least}, the price of one {package.name}, to {largest}."
        )
    return package


def chargeable_card(user_id: int) -> SavedCard:
    """The card that would be charged. Raises NoSavedCard."""
    card = SavedCard.objects.of(user_id)
    if card is None or card.is_expired(timezone.now()):
        raise NoSavedCard
    return card


@money_transaction
def agree(user_id: int, terms: Terms, *, text: str, address: str | None) -> AutoTopUp:
    """Turn it on, on terms that the customer read as `text` and ticked.

    Raises ConsentOutOfDate when the sentence would be another one now, and as `offer`.
    """
    wallet = open_or_make_wallet(user_id, timezone.now())
    offered = offer(user_id, terms, wallet)
    if text != offered.sentence:
        raise ConsentOutOfDate
    values = _values(terms, offered.package)
    consent = TopUpConsent.objects.create(user_id=user_id, text=text, address=address, **values)
    is_on = {"is_on": True, "off_reason": "", "off_at": None, "look_again_at": None}
    auto, _ = AutoTopUp.objects.update_or_create(user_id=user_id, defaults={**values, **is_on, "consent": consent})
    stop_open(user_id)  # what was ordered on other terms
    top_up.arm(wallet, below=terms.threshold)
    return auto


@money_transaction
def change(user_id: int, terms: Terms, *, is_on: bool) -> AutoTopUp:
    """Change it within what was agreed to, and turn it on or off; for programs, which agree to nothing.

    Raises ConsentNeeded, and as `offer`.
    """
    wallet = open_or_make_wallet(user_id, timezone.now())
    auto = AutoTopUp.objects.select_related("consent").filter(user=user_id).first()
    if auto is None:
        raise ConsentNeeded(page())
    if not is_on:
        turn_off(user_id, AutoTopUp.Off.CUSTOMER)
        if terms == Terms(auto.package_key, auto.threshold, auto.monthly_limit_cents):
            return AutoTopUp.objects.get(pk=user_id)
    package = checked(terms)
    if not _covers(auto, terms, package) or (is_on and not auto.may_resume):
        raise ConsentNeeded(page())
    was_on = auto.is_on
    AutoTopUp.objects.filter(pk=user_id).update(**_values(terms, package), look_again_at=None)
    if is_on and not was_on:
        forbid_own_terms(user_id, Purchase.Type.TOKENS, package.key)
        chargeable_card(user_id)
        AutoTopUp.objects.filter(pk=user_id).update(is_on=True, off_reason="", off_at=None)
        top_up.arm(wallet, below=terms.threshold)
    elif is_on and package.key != auto.package_key and stop_open(user_id):
        top_up.arm(wallet, below=terms.threshold)
    elif is_on:
        top_up.change(wallet, below=terms.threshold)
    return AutoTopUp.objects.get(pk=user_id)


def price_of(package: Package) -> str:
    """A pack's price, for people."""
    return format_money(package.price_cents, package.currency)


def page() -> str:
    """The address of the page that asks for consent."""
    return settings.SITE_URL + reverse("tokens:auto_top_up")


def _covers(auto: AutoTopUp, terms: Terms, package: Package) -> bool:
    """Whether nothing of it costs more than the customer agreed to: a pack as it was then, or a cheaper one."""
    agreed = auto.consent
    is_agreed_pack = package.key != agreed.package_key or package.tokens >= agreed.tokens
    return (
        is_agreed_pack
        and package.currency == agreed.currency
        and package.price_cents <= agreed.price_cents
        and terms.threshold <= agreed.threshold
        and terms.monthly_limit_cents <= agreed.monthly_limit_cents
    )


def _values(terms: Terms, package: Package) -> dict[str, object]:
    return {
        "package_key": package.key,
        "tokens": package.tokens,
        "price_cents": package.price_cents,
        "currency": package.currency,
        "threshold": terms.threshold,
        "monthly_limit_cents": terms.monthly_limit_cents,
    }
