"""A shop's life with stripe-python: shop.py ADDRESS [API_VERSION]. What it found is one line of JSON."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import stripe

LINE = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 4000, "product_data": {"name": "A book"}}}
ORDER: Any = {"mode": "payment", "line_items": [LINE], "success_url": "https://example.com/thanks"}


def verb(address: str, name: str, **params: str) -> Any:
    body = urllib.parse.urlencode(params).encode()
    headers = {"Authorization": "Bearer sk_test_python"}
    request = urllib.request.Request(f"{address}/stripe-sandbox/api/{name}", body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def refused(act: Any) -> dict[str, Any]:
    try:
        act()
    except stripe.StripeError as error:
        return {
            "type": type(error).__name__,
            "code": error.code,
            "statusCode": error.http_status,
            "param": getattr(error, "param", None),
            "message": error.user_message,
            "isTyped": True,
        }
    return {}


def main(address: str, version: str | None = None) -> dict[str, Any]:
    bases: Any = {"api": address}
    shop = stripe.StripeClient("sk_test_python", base_addresses=bases, stripe_version=version)
    found: dict[str, Any] = {"version": stripe.VERSION}
    session = shop.v1.checkout.sessions.create(ORDER)
    found["created"] = [session.object, session.status, str(session.url).startswith(address)]
    verb(address, "pay", session=session.id)

    paid: Any = shop.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    intent = paid.payment_intent
    found["paid"] = [paid.payment_status, intent.latest_charge.amount, paid.line_items.data[0].description]

    refund: Any = shop.v1.refunds.create({"payment_intent": intent.id, "amount": 1500})
    found["refunded"] = [refund.status, shop.v1.charges.retrieve(refund.charge).amount_refunded]

    again: Any = {"idempotency_key": "the same"}
    customers = [shop.v1.customers.create({"name": "Ann"}, again) for _ in range(2)]
    found["once"] = [customers[0].id == customers[1].id]
    found["reused"] = refused(lambda: shop.v1.customers.create({"name": "Bo"}, again))

    for number in range(11):
        shop.v1.customers.create({"email": f"{number}@example.com"})
    listed = [customer.id for customer in shop.v1.customers.list({"limit": 5}).auto_paging_iter()]
    found["listed"] = [len(listed), len(set(listed))]

    found["unknown"] = refused(lambda: shop.v1.checkout.sessions.retrieve("cs_test_nope"))
    other = shop.v1.checkout.sessions.create(ORDER)
    found["declined"] = verb(address, "pay", session=other.id, card="4000000000000002")["error"]["decline_code"]
    stranger = stripe.StripeClient("pk_test_x", base_addresses=bases, stripe_version=version)
    found["key"] = refused(lambda: stranger.v1.customers.list())

    event: Any = shop.v1.events.list({"type": "checkout.session.completed"}).data[0]
    found["event"] = [event.type, event.data.object.id == session.id]
    return found


def verify(body: str, signature: str, secret: str) -> dict[str, Any]:
    """What a webhook was sent, by the SDK itself: shop.py verify BODY SIGNATURE SECRET"""
    event = stripe.Webhook.construct_event(body, signature, secret)
    try:
        stripe.Webhook.construct_event(body.replace("4000", "1"), signature, secret)
        forged = ""
    except stripe.SignatureVerificationError as error:
        forged = f"Stripe{type(error).__name__}"
    return {"id": event.id, "type": event.type, "forged": forged}


if __name__ == "__main__":
    stripe.enable_telemetry = False
    print(json.dumps(verify(*sys.argv[2:]) if sys.argv[1] == "verify" else main(*sys.argv[1:])))
