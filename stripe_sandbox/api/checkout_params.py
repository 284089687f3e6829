"""What `POST /v1/checkout/sessions` takes, after the parameter types of API version 2026-10-28.endive.

What the sandbox would have to act on, and does not yet, is refused rather than ignored.
"""

from stripe_sandbox.api.customers import ADDRESS
from stripe_sandbox.api.params import (
    Choice,
    Decimal,
    Flag,
    Integer,
    Kind,
    Listing,
    Metadata,
    OneOf,
    Shape,
    Text,
    Unsupported,
    each,
    refused,
)
from stripe_sandbox.api.prices import RECURRING

METHODS = tuple(
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact "
    "billie bizum blik boleto card cashapp crypto customer_balance eps fpx giropay grabpay ideal "
    "kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo "
    "p24 pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay samsung_pay satispay "
    "scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account wechat_pay zip".split()
)
_LOCALES = tuple(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt "
    "pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW".split()
)
# The hosted pages speak English.
LOCALE = OneOf(_LOCALES, ("auto", "en", "en-GB"))
LATER_USE = Choice(("off_session", "on_session"))
_MESSAGE = Shape({"message": Text(longest=1200)}, required=("message",), clearable=True)
OFF = Shape({"enabled": Unsupported(unless=("false",))}, required=("enabled",))

BILLING_MODE = Shape(
    {
        "flexible": Shape({"proration_discounts": Unsupported(unless=("included",))}),
        "type": Unsupported(unless=("flexible",)),
    },
    required=("type",),
)
_PRODUCT_DATA = Shape(
    {**each("description name tax_code unit_label", Text()), "images": Listing(Text(), most=8), "metadata": Metadata()},
    required=("name",),
)
_PRICE_DATA = Shape(
    {
        **each("currency product", Text()),
        "product_data": _PRODUCT_DATA,
        "recurring": RECURRING,
        "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
        "unit_amount": Integer(least=0),
        "unit_amount_decimal": Decimal(),
    },
    required=("currency",),
)
_LINE_ITEM = Shape(
    {
        "adjustable_quantity": OFF,
        "metadata": Metadata(),
        "price": Text(),
        "price_data": _PRICE_DATA,
        "quantity": Integer(least=1, most=999_999),
        "tax_rates": Unsupported(unless=("",)),
    }
)
SHIPPING = Shape(
    {"address": Shape(ADDRESS, required=("line1",)), **each("carrier name phone tracking_number", Text())},
    required=("address", "name"),
)
_PAYMENT_INTENT_DATA = Shape(
    {
        **refused("application_fee_amount on_behalf_of transfer_data"),
        "capture_method": Unsupported(unless=("automatic", "automatic_async")),
        "description": Text(longest=1000),
        "metadata": Metadata(),
        **each("receipt_email transfer_group", Text()),
        "setup_future_usage": LATER_USE,
        "shipping": SHIPPING,
        **each("statement_descriptor statement_descriptor_suffix", Text(longest=22)),
    }
)
_SUBSCRIPTION_DATA = Shape(
    {
        **refused(
            "application_fee_percent billing_cycle_anchor billing_cycle_anchor_config default_tax_rates "
            "invoice_settings on_behalf_of pending_invoice_item_interval transfer_data trial_end trial_period_days "
            "trial_settings"
        ),
        "billing_mode": BILLING_MODE,
        "description": Text(longest=500),
        "metadata": Metadata(),
        "proration_behavior": Unsupported(unless=("create_prorations",)),
    }
)
_INVOICE_DATA = Shape(
    {
        **refused("account_tax_ids rendering_options"),
        "custom_fields": Listing(
            Shape({"name": Text(longest=40), "value": Text(longest=140)}, required=("name", "value")), most=4
        ),
        "description": Text(longest=1500),
        "footer": Text(longest=5000),
        "issuer": Unsupported(),
        "metadata": Metadata(),
    }
)
_CARD_OPTIONS = Shape({"request_three_d_secure": Unsupported(unless=("automatic",)), "setup_future_usage": LATER_USE})
_BRANDING = Shape(
    {
        **refused("background_color button_color font_family icon logo"),
        "border_style": Unsupported(),
        "display_name": Text(),
    }
)
_CONSENT = Shape(
    {
        "payment_method_reuse_agreement": Shape({"position": Unsupported(unless=("auto",))}, required=("position",)),
        **refused("promotions terms_of_service", unless=("none",)),
    }
)
# The hosted page shows no methods that were saved earlier, so none of them can be removed there.
_SAVED_METHODS = Shape(
    {
        "allow_redisplay_filters": Unsupported(),
        "payment_method_remove": Unsupported(unless=("disabled",)),
        "payment_method_save": Choice(("enabled", "disabled")),
    }
)

CREATE: dict[str, Kind] = {
    **refused(
        "after_expiration custom_fields customer_account discounts name_collection optional_items "
        "payment_method_configuration permissions redirect_on_completion return_url "
        "shipping_address_collection shipping_options"
    ),
    "adaptive_pricing": OFF,
    "allow_promotion_codes": Flag(),
    "allowed_payment_method_types": Listing(Choice(METHODS)),
    "automatic_tax": Shape(
        {"enabled": Flag(), "liability": Shape({"account": Unsupported(), "type": Unsupported(unless=("self",))})},
        required=("enabled",),
    ),
    "billing_address_collection": OneOf(("auto", "required"), ("auto",)),
    "branding_settings": _BRANDING,
    **each("cancel_url customer integration_identifier success_url", Text()),
    "client_reference_id": Text(longest=200),
    "consent_collection": _CONSENT,
    "currency": Text(),
    "custom_text": Shape(
        {
            **dict.fromkeys(("after_submit", "submit"), _MESSAGE),
            **dict.fromkeys(("shipping_address", "terms_of_service_acceptance"), Unsupported(unless=("",))),
        }
    ),
    **each("customer_creation payment_method_collection", Choice(("always", "if_required"))),
    "customer_email": Text(longest=800),
    "customer_update": Shape(
        {"shipping": Unsupported(unless=("never",)), **each("address name", Choice(("auto", "never")))}
    ),
    # Link is left out by `wallet_options`.
    "excluded_payment_method_types": Listing(Choice(tuple(name for name in METHODS if name != "link"))),
    "expires_at": Integer(),
    "invoice_creation": Shape({"enabled": Flag(), "invoice_data": _INVOICE_DATA}, required=("enabled",)),
    "line_items": Listing(_LINE_ITEM),
    "locale": LOCALE,
    "managed_payments": OFF,
    "metadata": Metadata(),
    "mode": Choice(("payment", "setup", "subscription")),
    "origin_context": Unsupported(unless=("web",)),
    "payment_intent_data": _PAYMENT_INTENT_DATA,
    "payment_method_data": Shape({"allow_redisplay": Choice(("always", "limited", "unspecified"))}),
    "payment_method_options": Shape({"card": _CARD_OPTIONS}),
    "phone_number_collection": OFF,
    "saved_payment_method_options": _SAVED_METHODS,
    "setup_intent_data": Shape(
        {"description": Text(longest=1000), "metadata": Metadata(), "on_behalf_of": Unsupported()}
    ),
    "submit_type": Choice(("auto", "book", "donate", "pay", "subscribe")),
    "subscription_data": _SUBSCRIPTION_DATA,
    "tax_id_collection": Shape({"enabled": Flag(), "required": Unsupported(unless=("never",))}, required=("enabled",)),
    "ui_mode": OneOf(("elements", "embedded_page", "form", "hosted_page"), ("hosted_page",)),
    "wallet_options": Shape({"link": Shape({"display": Choice(("auto", "never"))})}),
}
