"""The sandbox's addresses, at the root of the web server, as Stripe's SDK and buyers expect them."""

from django.urls import URLPattern, path, re_path

from soulfra.stripe_sandbox.api.answer import answer
from soulfra.stripe_sandbox.pages import bank, bank_account, checkout, operator, operator_verbs, promotion_code, receipt

app_name = "stripe_sandbox"

urlpatterns: list[URLPattern] = [
    re_path(r"^v1(?:/.*)?$", answer),
    re_path(r"^stripe-sandbox/api(?:/.*)?$", answer),
    path("c/pay/<str:session_id>", checkout.page, name="checkout"),
    path("c/pay/<str:session_id>/bank", bank.page, name="bank"),
    path("c/pay/<str:session_id>/bank-account", bank_account.page, name="bank_account"),
    path("c/pay/<str:session_id>/promotion-code", promotion_code.page, name="promotion_code"),
    path("stripe-sandbox/", operator.page, name="operator"),
    path("stripe-sandbox/resend", operator.resend, name="resend"),
    path("stripe-sandbox/faults", operator_verbs.switch_faults, name="faults"),
    path("stripe-sandbox/do/<str:verb>", operator_verbs.do, name="do"),
    path("stripe-sandbox/receipts/<str:charge_id>", receipt.page, name="receipt"),
]
