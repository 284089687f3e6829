"""Talking to a running sandbox as the SDK would: over HTTP, with a test key, or without where there is one world."""

from typing import Any, Self

import requests

from stripe_sandbox.objects import Body

# Paying waits for the webhook for some seconds.
_TIMEOUT_SECONDS = 30


class Refused(Exception):
    """The sandbox said no, or nothing; the message is one sentence for the person at the terminal."""


class Client:
    def __init__(self, address: str, *, key: str = "") -> None:
        self.address = address
        self._http = requests.Session()
        # A proxy of the environment must not stand between two processes of one machine.
        self._http.trust_env = False
        if key:
            self._http.headers["Authorization"] = f"Bearer {key}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, given: dict[str, str]) -> Body:
        arguments: dict[str, Any] = {"params" if method == "GET" else "data": given}
        try:
            reply = self._http.request(method, self.address + path, timeout=_TIMEOUT_SECONDS, **arguments)
            answer: Body = reply.json()
            problem = answer.get("error", {})
        except requests.ConnectionError as error:
            raise Refused(f"Nothing answers at {self.address}: start the sandbox there.") from error
        except requests.Timeout as error:
            raise Refused(f"The sandbox at {self.address} did not answer within {_TIMEOUT_SECONDS} seconds.") from error
        except (ValueError, AttributeError) as error:
            raise Refused(f"What answers at {self.address} is not the Stripe sandbox: check the address.") from error
        if reply.status_code >= 400:
            raise Refused(_sentence(problem))
        return answer


def _sentence(error: Body) -> str:
    codes = ", ".join(str(error[name]) for name in ("code", "decline_code") if error.get(name))
    message = str(error.get("message", "The sandbox refused without a reason.")).rstrip(".")
    return f"Refused: {message} ({codes})." if error.get("type") == "card_error" else f"{message}."
