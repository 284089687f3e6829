"""The objects of API version 2026-10-28.endive as Stripe sends them: every field present, empty if nothing is known."""

import copy
from typing import Any

from stripe_sandbox.billing.shapes import SHAPES as _BILLING
from stripe_sandbox.objects import ids
from stripe_sandbox.objects.documents import Body
from stripe_sandbox.objects.fields import ADDRESS, shape, without

API_VERSION = "2026-10-28.endive"

__all__ = ["ADDRESS", "API_VERSION", "EVIDENCE", "KINDS", "new"]


def new(object: str, /, **fields: Any) -> Body:
    """A fresh object with an id of its own. A field that the shape does not have is a mistake of the caller's."""
    empty = copy.deepcopy(_SHAPES[object])
    unknown = fields.keys() - empty.keys() - _SOMETIMES.get(object, set())
    if unknown:
        raise KeyError(f"{object} has no {', '.join(sorted(unknown))}")
    return empty | fields | {"id": fields.get("id") or ids.new(object)}


_CHARGE = shape(
    "charge",
    empty="amount application application_fee application_fee_amount balance_transaction billing_details "
    "calculated_statement_descriptor currency customer description failure_balance_transaction failure_code "
    "failure_message on_behalf_of outcome payment_intent payment_method payment_method_details receipt_email "
    "receipt_number receipt_url review shipping source source_transfer statement_descriptor "
    "statement_descriptor_suffix status transfer_data transfer_group",
    amount_captured=0,
    amount_refunded=0,
    captured=False,
    disputed=False,
    fraud_details={},
    metadata={},
    paid=False,
    refunded=False,
)

_SESSION = shape(
    "checkout.session",
    empty="after_expiration allow_promotion_codes allowed_payment_method_types amount_subtotal amount_total "
    "billing_address_collection cancel_url client_reference_id client_secret collected_information consent "
    "consent_collection currency currency_conversion customer customer_account customer_creation customer_details "
    "customer_email expires_at integration_identifier invoice locale mode origin_context payment_intent payment_link "
    "payment_method_configuration_details payment_status permissions recovered_from saved_payment_method_options "
    "setup_intent shipping_address_collection shipping_cost submit_type subscription success_url url wallet_options",
    adaptive_pricing={"enabled": False},
    automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
    custom_fields=[],
    custom_text=dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
    discounts=[],
    invoice_creation={
        "enabled": False,
        "invoice_data": {
            **dict.fromkeys(
                ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
            ),
            "metadata": {},
        },
    },
    managed_payments={"enabled": False},
    metadata={},
    payment_method_collection="if_required",
    payment_method_options={"card": {"request_three_d_secure": "automatic"}},
    payment_method_types=["card", "link"],
    phone_number_collection={"enabled": False},
    shipping_options=[],
    status="open",
    total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    ui_mode="hosted_page",
)

_CUSTOMER = shape(
    "customer",
    empty="address currency customer_account default_source description discount email invoice_prefix name phone "
    "shipping test_clock",
    balance=0,
    delinquent=False,
    invoice_settings=dict.fromkeys(("custom_fields", "default_payment_method", "footer", "rendering_options")),
    metadata={},
    next_invoice_sequence=1,
    preferred_locales=[],
    tax_exempt="none",
)

_PAYMENT_INTENT = shape(
    "payment_intent",
    empty="allowed_payment_method_types amount application application_fee_amount automatic_payment_methods "
    "canceled_at cancellation_reason client_secret currency customer customer_account description "
    "excluded_payment_method_types last_payment_error latest_charge managed_payments next_action "
    "on_behalf_of payment_method payment_method_configuration_details payment_record processing "
    "receipt_email review setup_future_usage shipping source statement_descriptor "
    "statement_descriptor_suffix transfer_group",
    amount_capturable=0,
    amount_details={"tip": {}},
    amount_received=0,
    capture_method="automatic_async",
    confirmation_method="automatic",
    metadata={},
    payment_method_options={
        "card": {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    },
    payment_method_types=["card", "link"],
    status="requires_payment_method",
)

_PAYMENT_METHOD = shape(
    "payment_method",
    empty="customer customer_account type",
    allow_redisplay="limited",
    billing_details={"address": ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
    metadata={},
)

_PRICE = shape(
    "price",
    empty="currency custom_unit_amount lookup_key nickname product recurring tiers_mode transform_quantity unit_amount "
    "unit_amount_decimal",
    active=False,
    billing_scheme="per_unit",
    metadata={},
    tax_behavior="unspecified",
    type="one_time",
)

_PRODUCT = shape(
    "product",
    empty="default_price description name package_dimensions shippable statement_descriptor tax_code tax_details "
    "unit_label updated url",
    active=False,
    images=[],
    marketing_features=[],
    metadata={},
    type="service",
)

_BALANCE_TRANSACTION = without(
    "livemode",
    shape(
        "balance_transaction",
        empty="amount available_on currency description exchange_rate fee net reporting_category source type",
        balance_type="payments",
        fee_details=[],
        status="available",
    ),
)

_REFUND = without(
    "livemode",
    shape(
        "refund",
        empty="amount balance_transaction charge currency customer customer_account payment_intent payment_method "
        "reason receipt_number source_transfer_reversal status transfer_reversal",
        metadata={},
    ),
)

EVIDENCE = dict.fromkeys(
    (
        "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
        "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
        "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
        "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
        "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
        "uncategorized_file uncategorized_text"
    ).split()
)

_DISPUTE = shape(
    "dispute",
    empty="amount charge currency intended_submission_method payment_intent reason status",
    balance_transactions=[],
    enhanced_eligibility_types=[],
    evidence={**EVIDENCE, "enhanced_evidence": {}},
    evidence_details={
        "due_by": None,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    },
    is_charge_refundable=False,
    metadata={},
)

_COUPON = shape(
    "coupon",
    empty="amount_off currency duration_in_months max_redemptions name percent_off redeem_by",
    duration="once",
    metadata={},
    times_redeemed=0,
    valid=True,
)

_PROMOTION_CODE = shape(
    "promotion_code",
    empty="code customer customer_account expires_at max_redemptions promotion",
    active=True,
    metadata={},
    restrictions={"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None},
    times_redeemed=0,
)

_FRAUD_WARNING = shape(
    "radar.early_fraud_warning", empty="charge payment_intent", actionable=True, fraud_type="made_with_stolen_card"
)

_SHAPES = {
    whole["object"]: whole
    for whole in (
        _BALANCE_TRANSACTION,
        _CHARGE,
        _SESSION,
        _COUPON,
        _CUSTOMER,
        _DISPUTE,
        _FRAUD_WARNING,
        _PAYMENT_INTENT,
        _PAYMENT_METHOD,
        _PRICE,
        _PRODUCT,
        _PROMOTION_CODE,
        _REFUND,
        *_BILLING,
    )
}
# What each object is called, in the field `object`.
KINDS = frozenset(_SHAPES)
# Fields that Stripe leaves out where they do not apply.
_SOMETIMES: dict[str, set[str]] = {
    "checkout.session": {"branding_settings", "excluded_payment_method_types"},
    "dispute": {"network_reason_code", "payment_method_details"},
    "payment_method": {"card", "link", "us_bank_account"},
    "refund": {"destination_details", "failure_balance_transaction", "failure_reason", "pending_reason"},
}
