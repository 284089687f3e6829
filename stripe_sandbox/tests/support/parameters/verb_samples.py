"""A value for every parameter that a verb accepts."""

from typing import Any

from stripe_sandbox.tests.support.parameters.values import (
    Given,
    Samples,
    be_told,
    call_twice,
    charge_it,
    fail_and_renew,
    renew,
)


def verb(name: str, values: dict[str, Any] | None = None, **base: Any) -> dict[str, Samples]:
    """What is required has its other value in `base`; every other parameter is in `values`."""
    return {f"POST /stripe-sandbox/api/{name}": Samples(base, values)}


VERBS: dict[str, Samples] = {
    **verb(
        "pay",
        {
            "session": "cs_nope",
            "card": "4000000000000002",
            "bank": "000123456789",
            "save": Given(True, {"session": "<saving>"}),
            "fail_3ds": Given(True, {"card": "4000002760003184"}),
            "code": "HALF50",
            "country": Given("DE", {"session": "<taxed>"}),
            "postal_code": Given("10115", {"session": "<taxed>"}),
            "tax_id": Given("DE123456789", {"session": "<taxed>", "country": "DE"}),
        },
        session="<open>",
    ),
    **verb("authenticate", {"intent": "<unpaid_intent>", "fail": True}, intent="<asking>"),
    "POST /stripe-sandbox/api/renew-card": Samples(
        {"payment_method": "<method>", "exp_month": 12, "exp_year": 2026},
        {"payment_method": "pm_nope", "exp_month": 3, "exp_year": 2020},
        then=charge_it,
    ),
    **verb("settle", {"session": "<open>"}, session="<at_bank>"),
    **verb("bounce", {"session": "<open>"}, session="<at_bank>"),
    **verb(
        "refund",
        {
            "payment_intent": "<disputed>",
            "amount": 100,
            "currency": Given("eur", {"amount": 100}),
            "settled": "eur:3000",
        },
        payment_intent="<paid>",
    ),
    **verb("fail-refund", {"refund": "re_nope"}, refund="<refund>"),
    **verb("settle-refund", {"refund": "re_nope"}, refund="<refund>"),
    **verb("cancel-refund", {"refund": "re_nope"}, refund="<refund>"),
    **verb(
        "dispute",
        {
            "payment_intent": "<slow>",
            "inquiry": True,
            "amount": 100,
            "currency": Given("eur", {"amount": 100}),
            "settled": "eur:3000",
        },
        payment_intent="<paid>",
    ),
    **verb(
        "close-dispute",
        {"dispute": "dp_nope", "won": False, "reinstated": 100, "settled": "eur:3000"},
        dispute="<dispute>",
        won=True,
    ),
    **verb("appeal", {"dispute": "dp_nope"}, dispute="<dispute>"),
    **verb("warn", {"payment_intent": "<slow>"}, payment_intent="<paid>"),
    **verb(
        "convert",
        {"payment_intent": "<slow>", "presented": "eur:3000", "settled": "eur:3000"},
        payment_intent="<paid>",
    ),
    **verb("renew", {"subscription": "<planned>"}, subscription="<usual>"),
    "POST /stripe-sandbox/api/fail-next-payment": Samples(
        {"subscription": "<usual>"},
        {"subscription": "<planned>", "times": 2, "decline_code": "generic_decline"},
        then=renew,
    ),
    "POST /stripe-sandbox/api/decline-next": Samples(
        {"customer": "<usual_customer>"},
        {"customer": "<planned_customer>", "times": 2, "decline_code": "generic_decline"},
        then=renew,
    ),
    **verb("cancel-subscription", {"subscription": "<planned>", "at_period_end": True}, subscription="<usual>"),
    **verb(
        "change-card",
        {"subscription": "<planned>", "card": "378282246310005"},
        subscription="<usual>",
        card="4242424242424242",
    ),
    **verb(
        "pay-invoice",
        {"invoice": "in_nope", "card": "378282246310005", "fail_3ds": Given(True, {"card": "4000002760003184"})},
        invoice="<owed>",
    ),
    "POST /stripe-sandbox/api/dunning": Samples(
        {"finally": "cancel"}, {"retry_days": "1", "finally": "unpaid"}, then=fail_and_renew
    ),
    **verb("cancel-in-portal", {"subscription": "<planned>"}, subscription="<usual>"),
    **verb("keep-in-portal", {"subscription": "<planned>"}, subscription="<usual>"),
    **verb(
        "change-plan-in-portal",
        {"subscription": "<drafted>", "price": "<once>"},
        subscription="<usual>",
        price="<max>",
    ),
    "POST /stripe-sandbox/api/resend": Samples({"event": "<event>"}, {"event": "evt_nope"}, is_told=True),
    "POST /stripe-sandbox/api/faults": Samples(
        {},
        {
            "duplicate": True,
            "shuffle": True,
            "delay": 3600,
            "drop": "customer.*",
            "two_ids": True,
            "give_up_after": 1,
        },
        then=be_told,
        is_told=True,
    ),
    **verb("advance", {"days": 1, "hours": 1, "seconds": 2}, seconds=1),
    "POST /stripe-sandbox/api/fail-api": Samples(
        {"status": 500},
        {
            "call": "GET *",
            "times": 2,
            "status": 429,
            "delay": 3,
            "lost": Given(True, instead_of=("status",)),
        },
        then=call_twice,
    ),
}
