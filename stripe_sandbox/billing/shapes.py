"""The shapes of subscriptions, invoices and the portal (see objects/shapes.py)."""

from stripe_sandbox.objects.fields import shape, without

_ISSUER = {"type": "self"}
_INVOICE_SETTINGS = {**dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer")), "issuer": _ISSUER}
_FLEXIBLE = {"flexible": {"proration_discounts": "included"}, "type": "flexible"}

_SUBSCRIPTION = shape(
    "subscription",
    empty="application application_fee_percent billing_cycle_anchor billing_cycle_anchor_config billing_thresholds "
    "cancel_at canceled_at currency customer customer_account days_until_due default_payment_method default_source "
    "description ended_at items latest_invoice managed_payments next_pending_invoice_item_invoice on_behalf_of "
    "pause_collection pending_invoice_item_interval pending_setup_intent pending_update schedule start_date "
    "test_clock transfer_data trial_end trial_start",
    automatic_tax={"disabled_reason": None, "enabled": False, "liability": None},
    billing_mode=_FLEXIBLE,
    billing_schedules=[],
    cancel_at_period_end=False,
    cancellation_details=dict.fromkeys(("comment", "feedback", "feedback_option", "reason")),
    collection_method="charge_automatically",
    default_tax_rates=[],
    discounts=[],
    invoice_settings=_INVOICE_SETTINGS,
    metadata={},
    payment_settings={
        "payment_method_options": None,
        "payment_method_types": None,
        "save_default_payment_method": "off",
    },
    status="incomplete",
    trial_settings={"end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice"}},
)

_SUBSCRIPTION_ITEM = without(
    "livemode",
    shape(
        "subscription_item",
        empty="billing_thresholds current_period_end current_period_start current_trial plan price quantity "
        "subscription",
        discounts=[],
        metadata={},
        tax_rates=[],
    ),
)

_PLAN = shape(
    "plan",
    empty="amount amount_decimal currency interval interval_count meter nickname product tiers_mode transform_usage "
    "trial_period_days",
    active=True,
    billing_scheme="per_unit",
    metadata={},
    usage_type="licensed",
)

_INVOICE = shape(
    "invoice",
    empty="account_tax_ids application automatically_finalizes_at billing_reason currency custom_fields customer "
    "customer_account customer_address customer_email customer_name customer_phone customer_shipping "
    "default_payment_method default_source description due_date effective_at ending_balance footer from_invoice "
    "hosted_invoice_url invoice_pdf last_finalization_error latest_revision lines next_payment_attempt number "
    "on_behalf_of parent period_end period_start receipt_number rendering shipping_cost shipping_details "
    "statement_descriptor subtotal_excluding_tax test_clock total_excluding_tax webhooks_delivered_at",
    account_country="US",
    account_name="Stripe sandbox",
    amount_due=0,
    amount_overpaid=0,
    amount_paid=0,
    amount_remaining=0,
    amount_shipping=0,
    attempt_count=0,
    attempted=False,
    auto_advance=True,
    automatic_tax={"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None},
    collection_method="charge_automatically",
    customer_tax_exempt="none",
    customer_tax_ids=[],
    default_tax_rates=[],
    discounts=[],
    issuer=_ISSUER,
    metadata={},
    payment_settings=dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types")),
    post_payment_credit_notes_amount=0,
    pre_payment_credit_notes_amount=0,
    starting_balance=0,
    status="draft",
    status_transitions=dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
    subtotal=0,
    total=0,
    total_discount_amounts=[],
    total_pretax_credit_amounts=[],
    total_taxes=[],
)

_LINE = without(
    "created",
    shape(
        "line_item",
        empty="amount currency description invoice parent period pricing quantity quantity_decimal subscription "
        "subtotal",
        discount_amounts=[],
        discountable=True,
        discounts=[],
        metadata={},
        pretax_credit_amounts=[],
        taxes=[],
    ),
)

_INVOICE_ITEM = without(
    "created",
    shape(
        "invoiceitem",
        empty="amount currency customer customer_account date description invoice parent period pricing quantity "
        "quantity_decimal test_clock",
        discountable=False,
        discounts=[],
        metadata={},
        proration=False,
        tax_rates=[],
    ),
)

_INVOICE_PAYMENT = shape(
    "invoice_payment",
    empty="amount_paid amount_requested currency invoice payment",
    is_default=True,
    status="open",
    status_transitions={"canceled_at": None, "paid_at": None},
)

_SCHEDULE = shape(
    "subscription_schedule",
    empty="application canceled_at completed_at current_phase customer customer_account released_at "
    "released_subscription subscription test_clock",
    billing_mode=_FLEXIBLE,
    default_settings={
        **dict.fromkeys(
            "application_fee_percent billing_thresholds default_payment_method description on_behalf_of "
            "transfer_data".split()
        ),
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": "automatic",
        "collection_method": "charge_automatically",
        "invoice_settings": {**_INVOICE_SETTINGS, "days_until_due": None},
    },
    end_behavior="release",
    metadata={},
    pause_schedules=[],
    phases=[],
    status="active",
)

_PORTAL_SESSION = shape(
    "billing_portal.session",
    empty="after_expiration configuration customer customer_account flow locale on_behalf_of return_url url",
)

_PORTAL_CONFIGURATION = shape(
    "billing_portal.configuration",
    empty="application default_return_url features name updated",
    active=True,
    business_profile=dict.fromkeys(("headline", "privacy_policy_url", "terms_of_service_url")),
    is_default=False,
    login_page={"enabled": False, "url": None},
    metadata={},
)

_SETUP_INTENT = shape(
    "setup_intent",
    empty="allowed_payment_method_types application automatic_payment_methods cancellation_reason client_secret "
    "customer customer_account description excluded_payment_method_types last_setup_error latest_attempt mandate "
    "next_action on_behalf_of payment_method payment_method_configuration_details single_use_mandate",
    metadata={},
    payment_method_options={"card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}},
    payment_method_types=["card"],
    status="succeeded",
    usage="off_session",
)

_TEST_CLOCK = shape(
    "test_helpers.test_clock", empty="deletes_after frozen_time name", status="ready", status_details={}
)

SHAPES = (
    _SUBSCRIPTION,
    _SUBSCRIPTION_ITEM,
    _PLAN,
    _INVOICE,
    _LINE,
    _INVOICE_ITEM,
    _INVOICE_PAYMENT,
    _SCHEDULE,
    _PORTAL_SESSION,
    _PORTAL_CONFIGURATION,
    _SETUP_INTENT,
    _TEST_CLOCK,
)
