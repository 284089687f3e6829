"""Why an API key is refused. Each says so in a sentence for the caller; none tells which other keys exist."""


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
