"""Ids that look like Stripe's and never repeat, not even after the store was deleted."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits

# Prefix and number of random characters.
_FORMS = {
    "balance_transaction": ("txn_3", 23),
    "charge": ("ch_3", 23),
    "checkout.session": ("cs_test_a1", 56),
    "credit_note": ("cn_1", 23),
    "credit_note_line_item": ("cnli_1", 23),
    "customer": ("cus_", 14),
    "dispute": ("dp_1", 23),
    "event": ("evt_1", 23),
    "billing_portal.configuration": ("bpc_1", 23),
    "billing_portal.session": ("bps_1", 23),
    "invoice": ("in_1", 23),
    "invoice_payment": ("inpay_1", 23),
    "invoiceitem": ("ii_1", 23),
    "item": ("li_1", 23),
    "line_item": ("il_1", 23),
    "mandate": ("mandate_1", 23),
    "payment_intent": ("pi_3", 23),
    "payment_method": ("pm_1", 23),
    "price": ("price_1", 23),
    "product": ("prod_", 14),
    "radar.early_fraud_warning": ("issfr_1", 23),
    "refund": ("re_3", 23),
    "request": ("req_", 14),
    "setup_intent": ("seti_1", 23),
    "subscription": ("sub_1", 23),
    "subscription_item": ("si_", 14),
    "subscription_schedule": ("sub_sched_1", 23),
    "tax_id": ("txi_1", 23),
    "test_helpers.test_clock": ("clock_1", 23),
}


def new(kind: str) -> str:
    """A new id with Stripe's prefix for this kind, such as `cus_…`."""
    prefix, length = _FORMS[kind]
    return prefix + random_text(length)


def random_text(length: int) -> str:
    """Random ASCII letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
