"""Ids that look like Stripe's and never repeat, not even after the store was deleted."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits

# Prefix and number of random characters.
_FORMS = {
    "balance_transaction": ("txn_3", 23),
    "charge": ("ch_3", 23),
    "checkout.session": ("cs_test_a1", 56),
    "customer": ("cus_", 14),
    "dispute": ("dp_1", 23),
    "event": ("evt_1", 23),
    "item": ("li_1", 23),
    "payment_intent": ("pi_3", 23),
    "payment_method": ("pm_1", 23),
    "price": ("price_1", 23),
    "product": ("prod_", 14),
    "radar.early_fraud_warning": ("issfr_1", 23),
    "refund": ("re_3", 23),
    "request": ("req_", 14),
}


def new(kind: str) -> str:
    prefix, length = _FORMS[kind]
    return prefix + random_text(length)


def random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
