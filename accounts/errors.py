"""Why somebody is not let through. A refused API key says so to its caller; none tells which other keys exist."""


class KeyRefused(Exception):
    """The key does not let its bearer in."""

    sentence = "This API key is not accepted."

    def __str__(self) -> str:
        return self.sentence


class HeaderMalformed(KeyRefused):
    sentence = "Send your API key as `Authorization: Bearer tk_…`."


class KeyUnknown(KeyRefused):
    sentence = "Unknown API key. Send the whole key, or create a new one on the API keys page."


class KeyRevoked(KeyRefused):
    sentence = "This API key was revoked. Create a new one on the API keys page."


class KeyExpired(KeyRefused):
    sentence = "This API key has expired. Create a new one on the API keys page."


class OwnerInactive(KeyRefused):
    sentence = "The account that owns this API key is inactive. Contact support."


class FactorNotFresh(Exception):
    """Money moves only for staff who have given a code of their second factor lately."""


class TooManyKeys(Exception):
    """An account has as many active keys as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"This account has {most} active API keys, which is the limit. Revoke one first.")


class KeyOver(Exception):
    """A key that is over, or was replaced before, isn't replaced."""

    def __init__(self) -> None:
        super().__init__("This key has expired, or was revoked or replaced. Create a new one instead.")
