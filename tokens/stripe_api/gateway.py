"""The only module that imports stripe. It sends what our rows say and answers with plain data.

Never called while a database transaction is open. No list of payment methods is sent: Stripe chooses from what the
account allows.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

import httpx2
import stripe
from django.conf import settings

from tokens.errors import BadWebhook, CallUnderWay, CardRefused, NoSuchObject, StripeFailed, StripeUnreachable
from tokens.stripe_api import deadline, escaping, sandbox
from tokens.stripe_api.admission import Admission, refuse_inside_a_transaction
from tokens.timing import timed
from tokens.wording import sentence

API_VERSION = stripe.api_version
SIGNATURE_TOLERANCE_SECONDS = 300
RETRIES = 2
NO_SANDBOX = "The local Stripe sandbox has not been started: start it with `./dev manage stripe_sandbox serve`."
# Of resources whose names have two words.
NAMESPACES = {"billing_portal", "checkout", "radar"}
# Another call with the same idempotency key has not been answered yet.
CONFLICT = 409
# From here on a status says that Stripe itself failed.
FAULT = 500

# Telemetry would write a file into the home directory of the user that runs the shop.
stripe.enable_telemetry = False


def is_live() -> bool:
    """Whether the configured key moves real money."""
    return settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))


def create_customer(*, idempotency_key: str, email: str, name: str, metadata: dict[str, str]) -> str:
    """The new Customer's id. Raises StripeFailed."""
    params: Any = {"name": name, "metadata": metadata}
    if email:
        params["email"] = email
    with plain_errors():
        return client().v1.customers.create(params=params, options={"idempotency_key": idempotency_key}).id


def update_customer(customer_id: str, *, email: str) -> None:
    """Tell Stripe the user's new address. Raises StripeFailed, NoSuchObject."""
    with plain_errors():
        client().v1.customers.update(customer_id, params={"email": email})


def create_checkout_session(params: dict[str, Any], *, idempotency_key: str) -> dict[str, Any]:
    """A Checkout Session as plain data. Raises StripeFailed, NoSuchObject when an id in `params` is unknown."""
    options: Any = {"idempotency_key": idempotency_key}
    given: Any = params
    return plain(lambda v1: v1.checkout.sessions.create(params=given, options=options))


def retrieve_checkout_session(session_id: str) -> dict[str, Any]:
    """A Checkout Session as plain data, its PaymentIntent and invoice in whole. Raises StripeFailed, NoSuchObject."""
    whole = ["payment_intent", "invoice"]
    return plain(lambda v1: v1.checkout.sessions.retrieve(session_id, params={"expand": whole}))


def create_refund(
    *, payment_intent: str, amount_cents: int, metadata: dict[str, str], idempotency_key: str
) -> dict[str, Any]:
    """A Refund as plain data. Raises StripeFailed."""
    params: Any = {"payment_intent": payment_intent, "amount": amount_cents, "metadata": metadata}
    return plain(lambda v1: v1.refunds.create(params=params, options={"idempotency_key": idempotency_key}))


def list_refunds(payment_intent: str) -> list[dict[str, Any]]:
    """Every Refund of a PaymentIntent, as plain data. Raises StripeFailed."""
    return all_plain(lambda v1: v1.refunds.list(params={"payment_intent": payment_intent, "limit": 100}))


def retrieve_refund(refund_id: str) -> dict[str, Any]:
    """A Refund as plain data. Raises StripeFailed, NoSuchObject."""
    return plain(lambda v1: v1.refunds.retrieve(refund_id))


def retrieve_dispute(dispute_id: str) -> dict[str, Any]:
    """A Dispute as plain data. Raises StripeFailed."""
    return plain(lambda v1: v1.disputes.retrieve(dispute_id))


def retrieve_charge(charge_id: str) -> dict[str, Any]:
    """A Charge as plain data, with its movement and refunds in whole. Raises StripeFailed, NoSuchObject."""
    return plain(lambda v1: v1.charges.retrieve(charge_id, params={"expand": ["balance_transaction", "refunds"]}))


def retrieve_balance_transaction(transaction_id: str) -> dict[str, Any]:
    """A movement on the account as plain data. Raises StripeFailed, NoSuchObject."""
    return plain(lambda v1: v1.balance_transactions.retrieve(transaction_id))


def metadata_of_payment_intent(payment_intent: str) -> dict[str, str]:
    """What we wrote on a PaymentIntent when it was made. Raises StripeFailed."""
    return plain(lambda v1: v1.payment_intents.retrieve(payment_intent))["metadata"] or {}


def payments_since(what: str, since: datetime) -> Iterator[dict[str, Any]]:
    """Everything made since then, newest first, as plain data, each with its PaymentIntent in whole.

    `what` is "checkout.sessions", "refunds", "disputes" or "radar.early_fraud_warnings". Raises StripeFailed.
    """
    return listed(what, since, {"expand": ["data.payment_intent"]})


def undelivered_events_since(since: datetime, types: list[str]) -> Iterator[dict[str, Any]]:
    """Events of these types (at most 20) that some endpoint has not accepted, newest first. Raises StripeFailed.

    Stripe keeps events for 30 days.
    """
    for event in listed("events", since, {"types": types, "delivery_success": False}):
        yield escaping.read(json.dumps(event))  # as from the webhook


def verified_event(body: bytes, signature: str) -> dict[str, Any]:
    """The event in a webhook's raw body, once its signature and age have been checked. Raises BadWebhook.

    The body is parsed as plain JSON, with what no database stores escaped: the SDK's object tree costs more than
    everything else a delivery does.
    """
    if not signature.isascii():
        raise BadWebhook("The Stripe-Signature header holds characters that no signature has.")
    try:
        text = body.decode()
        _verify(text, signature)
        event = escaping.read(text)
    except ValueError as error:
        raise BadWebhook("The body is not JSON in UTF-8.") from error
    if not isinstance(event, dict):
        raise BadWebhook("The body is not a Stripe event.")
    if event.get("object") == "v2.core.event":
        # Refused, not filed: with it this shop would hear nothing, and Stripe tells its owner of deliveries that fail.
        raise BadWebhook("The event is a thin one: set the payload style of the event destination to snapshot.")
    if event.get("object") != "event" or not (isinstance(event.get("id"), str) and event["id"]):
        raise BadWebhook("The body is not a Stripe event.")
    data = event.get("data")
    if not isinstance(event.get("type"), str) or not (isinstance(data, dict) and isinstance(data.get("object"), dict)):
        raise BadWebhook("The event has no type or no object.")
    if event.get("livemode") is not is_live():
        raise BadWebhook("The event is from the other mode: test events do not belong in a live shop, nor the reverse.")
    return event


def _verify(text: str, signature: str) -> None:
    """Raises BadWebhook unless one of the secrets has signed this text just now."""
    refusals = []
    for secret in settings.STRIPE_WEBHOOK_SECRET.split(","):  # two, while it is rotated
        try:
            stripe.WebhookSignature.verify_header(text, signature, secret, SIGNATURE_TOLERANCE_SECONDS)
        except stripe.SignatureVerificationError as refusal:
            refusals.append(str(refusal))
        else:
            return
    # Only the right secret gives “too old”, so that error says more.
    told = max(refusals, key=lambda refusal: "tolerance" in refusal)
    raise BadWebhook(sentence(f"The Stripe-Signature header does not fit this body: {told}"))


def listed(resource: str, since: datetime, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything of a resource made since then, newest first, as plain data. Raises StripeFailed."""
    with plain_errors():
        made = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        found = attrgetter(resource)(client().v1).list(params={**made, **params})
        for each in found.auto_paging_iter():
            yield each.to_dict(for_json=True)


def plain(call: Callable[[stripe.V1Services], stripe.StripeObject]) -> dict[str, Any]:
    """The object that a call of the SDK answers with, as plain data. Raises StripeFailed."""
    with plain_errors():
        return call(client().v1).to_dict(for_json=True)


def all_plain(call: Callable[[stripe.V1Services], stripe.ListObject[Any]]) -> list[dict[str, Any]]:
    """Everything that a call of the SDK lists, page by page, as plain data. Raises StripeFailed."""
    with plain_errors():
        return [each.to_dict(for_json=True) for each in call(client().v1).auto_paging_iter()]


def client() -> stripe.StripeClient:
    """The SDK's client for this shop's key, for modules that speak to one part of Stripe. Raises StripeUnreachable."""
    base = sandbox.address()
    if settings.STRIPE_SANDBOX and not base:
        raise StripeUnreachable(NO_SANDBOX)
    return deadline.one_for_all(_client_for, settings.STRIPE_SECRET_KEY, base)


@lru_cache(maxsize=4)
def _client_for(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        max_network_retries=RETRIES,
        http_client=Transport(),
    )


class Transport(stripe.HTTPClient):
    """Sends what the SDK says, until the deadline: that of the request, or, where nobody waits, one for each call."""

    name = "httpx2"

    def __init__(self) -> None:
        super().__init__()
        self._admission = Admission()

    def request_with_retries(self, *args: Any, **kwargs: Any) -> tuple[Any, int, Mapping[str, str]]:
        if not deadline.is_set():
            with deadline.within(settings.STRIPE_BACKGROUND_SECONDS):
                return super().request_with_retries(*args, **kwargs)
        if not deadline.seconds_left():  # the calls before this one took it all
            raise StripeUnreachable
        with self._admission.call():
            status = None
            try:
                answer = super().request_with_retries(*args, **kwargs)
                status = answer[1]
            finally:
                self._admission.report(is_answered=status is not None and status < FAULT)
            return answer

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **kwargs: Any
    ) -> tuple[Any, int, Mapping[str, str]]:
        try:
            with timed("stripe", f"{method.upper()} {resource_in(url)}") as asked:
                connections = deadline.one_for_all(_connections, os.getpid())
                answer = deadline.run(connections.request(method, url, headers=headers, content=post_data))
                asked.outcome = str(answer.status_code)
        except TimeoutError as error:
            raise stripe.APIConnectionError("No answer came in time.", should_retry=False) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise stripe.APIConnectionError(f"{type(error).__name__}: {error}", should_retry=True) from error
        return answer.content, answer.status_code, answer.headers

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return min(super()._sleep_time_seconds(num_retries), deadline.seconds_left())


def resource_in(url: str) -> str:
    """What an address of Stripe's API is about, without ids: `checkout/sessions` of `…/v1/checkout/sessions/cs_1`."""
    words = urlsplit(url).path.strip("/").split("/")[1:]
    return "/".join(words[:2] if words[:1] and words[0] in NAMESPACES else words[:1])


@lru_cache(maxsize=1)
def _connections(pid: int) -> httpx2.AsyncClient:
    """A process's connections, to whatever address; a fork would share those that were open before it."""
    trusted = ssl.create_default_context(cafile=stripe.ca_bundle_path)
    return httpx2.AsyncClient(verify=trusted, timeout=None)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the SDK's errors into named ones; refuses to begin while a database transaction is open."""
    refuse_inside_a_transaction()
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeUnreachable from error
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise NoSuchObject(str(error), param=error.param) from error
        raise StripeFailed(f"Stripe refused the request: {error.user_message or error}") from error
    except stripe.CardError as error:
        raise _refusal_of(error) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # The shop's key is wrong, not what was asked for, which may be asked again.
        raise StripeUnreachable("Stripe does not accept this shop's key; nothing was charged.") from error
    except stripe.StripeError as error:
        if error.http_status == CONFLICT:
            raise CallUnderWay from error
        if error.http_status is None or error.http_status >= FAULT:
            raise StripeUnreachable from error
        raise StripeFailed(f"Stripe refused the request: {error.user_message or error}") from error


def _refusal_of(error: stripe.CardError) -> CardRefused:
    """With the PaymentIntent as the refusal left it: Stripe puts it into the error."""
    told = error.error.to_dict(for_json=True) if error.error else {}
    code = told.get("decline_code") or error.code or ""
    return CardRefused(sentence(error.user_message or error), code=code, intent=told.get("payment_intent"))
