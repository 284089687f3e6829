"""What can go wrong with automatic top-up, named as in `tokens.errors`."""

from tokens.errors import TokenError


class NoSavedCard(TokenError):
    """Automatic top-up needs a card that can be charged."""

    status, title = 409, "No saved card"
    sentence = "There is no saved card that could be charged. Save one first."


class TopUpUnavailable(TokenError):
    """This shop charges tax, which only Stripe's own page can work out for a buyer."""

    status, title = 409, "Automatic top-up unavailable"
    sentence = "Automatic top-up isn't available in this shop. Buy packs by hand."


class InvalidTopUp(TokenError):
    """Terms that make no sense; `field` is the one to change."""

    status, title = 400, "Invalid top-up"

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class ConsentOutOfDate(TokenError):
    """What was agreed to is not what would happen now, so nothing was turned on."""

    sentence = "What you agreed to has changed meanwhile. Read the sentence again."


class ConsentNeeded(TokenError):
    """Terms that go beyond what the customer agreed to on the page."""

    status, title = 403, "Consent needed"

    def __init__(self, page: str) -> None:
        super().__init__(
            f"This goes beyond what you have agreed to. Turn it on, or raise it, at {page}, which asks for "
            "your consent."
        )


class NothingToConfirm(TokenError):
    """No payment of an automatic top-up waits for its customer."""

    sentence = "No automatic top-up waits for your confirmation."


class PaymentMismatch(TokenError):
    """A PaymentIntent does not agree with the purchase it names; nothing was credited."""
