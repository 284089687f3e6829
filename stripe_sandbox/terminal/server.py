"""Talking to the running sandbox as the SDK would: over HTTP, with the test key."""

from typing import Any

import requests
from django.conf import settings

from stripe_sandbox.documents import Body

# Paying waits for the webhook for some seconds.
_TIMEOUT_SECONDS = 30


class Refused(Exception):
    """The sandbox said no, or nothing; the message is one sentence for the person at the terminal."""


def get(path: str, **params: Any) -> Body:
    return _call("GET", path, params=params)


def post(path: str, **data: Any) -> Body:
    return _call("POST", path, data=data)


def _call(method: str, path: str, **arguments: Any) -> Body:
    address = settings.SANDBOX_ADDRESS
    try:
        # A proxy of the environment must not stand between two processes of one machine.
        with requests.Session() as client:
            client.trust_env = False
            client.headers["Authorization"] = f"Bearer {settings.STRIPE_SECRET_KEY}"
            reply = client.request(method, address + path, timeout=_TIMEOUT_SECONDS, **arguments)
            answer: Body = reply.json()
    except requests.ConnectionError as error:
        raise Refused(f"Nothing answers at {address}: start the server with `./dev run`.") from error
    except requests.Timeout as error:
        raise Refused(f"The server at {address} did not answer within {_TIMEOUT_SECONDS} seconds.") from error
    except ValueError as error:
        raise Refused(f"What answers at {address} is not the Stripe sandbox: check SANDBOX_ADDRESS.") from error
    if reply.status_code >= 400:
        raise Refused(_sentence(answer.get("error", {})))
    return answer


def _sentence(error: Body) -> str:
    codes = ", ".join(str(error[name]) for name in ("code", "decline_code") if error.get(name))
    message = str(error.get("message", "The sandbox refused without a reason.")).rstrip(".")
    return f"Refused: {message} ({codes})." if error.get("type") == "card_error" else f"{message}."
