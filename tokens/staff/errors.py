"""What can go wrong with what staff do, named as in `tokens.errors`."""

from tokens.errors import TokenError


class GrantTooLate(TokenError):
    """The tokens that wait for approval would have expired by now."""


class AskerLeft(TokenError):
    """Whoever asked for this is no longer a member of staff, and nobody else has agreed to it."""

    def __init__(self) -> None:
        super().__init__(
            "Whoever asked for this has left the staff. Decline the request, and start again if it is right."
        )


class FormOutOfDate(TokenError):
    """What the form showed has changed since; nothing was done."""


class RequestDecided(TokenError):
    """Another member of staff has decided otherwise about this request."""


class NothingUnclear(TokenError):
    """What a refund or dispute comes to is known, so nobody need state it."""


class AlreadyStated(TokenError):
    """Staff have stated another amount before."""


class NotAnAmount(TokenError):
    """The amount stated is none of the currency's, or more than was paid."""

    status, title = 400, "Invalid amount"


class NothingToSend(TokenError):
    """Nothing to send, or no address to send it to."""


class PayloadGone(TokenError):
    """What an event said was deleted for its age."""

    status, title = 410, "Payload deleted"
    sentence = "The payload of this event was deleted for its age. Look it up in Stripe's dashboard."
