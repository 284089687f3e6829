"""The sandbox's addresses, at the root of the web server, as Stripe's SDK and buyers expect them."""

from django.urls import URLPattern, path, re_path

from stripe_sandbox.api.answer import answer
from stripe_sandbox.pages import (
    bank,
    bank_account,
    checkout,
    invoice,
    operator,
    operator_verbs,
    portal,
    portal_card,
    promotion_code,
    receipt,
)

app_name = "stripe_sandbox"

urlpatterns: list[URLPattern] = [
    re_path(r"^v1(?:/.*)?$", answer),
    re_path(r"^stripe-sandbox/api(?:/.*)?$", answer),
    path("c/pay/<str:session_id>", checkout.page, name="checkout"),
    path("c/pay/<str:session_id>/bank", bank.page, name="bank"),
    path("c/pay/<str:session_id>/bank-account", bank_account.page, name="bank_account"),
    path("c/pay/<str:session_id>/promotion-code", promotion_code.page, name="promotion_code"),
    path("i/<str:invoice_id>", invoice.page, name="invoice"),
    path("i/<str:invoice_id>/bank", invoice.bank, name="invoice_bank"),
    path("i/<str:invoice_id>/pdf", invoice.pdf, name="invoice_pdf"),
    path("p/session/<str:session_id>", portal.page, name="portal"),
    path("p/session/<str:session_id>/card", portal_card.page, name="portal_card"),
    path("p/session/<str:session_id>/bank", portal_card.bank, name="portal_bank"),
    path("p/session/<str:session_id>/plans/<str:subscription_id>", portal.plan, name="portal_plan"),
    path("p/session/<str:session_id>/plans/<str:subscription_id>/cancel", portal.cancel, name="portal_cancel"),
    path("p/session/<str:session_id>/plans/<str:subscription_id>/keep", portal.keep, name="portal_keep"),
    path("stripe-sandbox/", operator.page, name="operator"),
    path("stripe-sandbox/resend", operator.resend, name="resend"),
    path("stripe-sandbox/faults", operator_verbs.switch_faults, name="faults"),
    path("stripe-sandbox/do/<str:verb>", operator_verbs.do, name="do"),
    path("stripe-sandbox/receipts/<str:charge_id>", receipt.page, name="receipt"),
]
