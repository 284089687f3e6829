from django.urls import path

from tokens.pages.buying import cancel, purchase, success
from tokens.pages.history import purchases
from tokens.pages.home import home
from tokens.pages.invoices import credit_note_pdf, invoice, invoice_pdf, portal
from tokens.pages.key_caps import key_caps
from tokens.pages.limits import limits
from tokens.pages.statement import print_statement, statement, statement_csv
from tokens.pages.top_up import auto_top_up, card_saved, remove_card, save_card, turn_off, turn_off_by_link
from tokens.pages.top_up_confirming import call_off, confirm, confirmed
from tokens.pages.usage import usage, usage_csv

app_name = "tokens"
urlpatterns = [
    path("", home, name="home"),
    path("purchase", purchase, name="purchase"),
    path("success", success, name="success"),
    path("cancel", cancel, name="cancel"),
    path("statement", statement, name="statement"),
    path("statement.csv", statement_csv, name="statement_csv"),
    path("statement/print", print_statement, name="statement_print"),
    path("purchases", purchases, name="purchases"),
    path("purchases/<int:pk>/invoice", invoice, name="invoice"),
    path("purchases/<int:pk>/invoice.pdf", invoice_pdf, name="invoice_pdf"),
    path("purchases/<int:pk>/credit-notes/<int:refund_pk>.pdf", credit_note_pdf, name="credit_note"),
    path("limits", limits, name="limits"),
    path("api-keys/<int:pk>/caps", key_caps, name="key_caps"),
    path("portal", portal, name="portal"),
    path("auto-top-up", auto_top_up, name="auto_top_up"),
    path("auto-top-up/off", turn_off, name="auto_top_up_turn_off"),
    path("auto-top-up/off/<str:token>", turn_off_by_link, name="auto_top_up_off"),
    path("auto-top-up/card", save_card, name="auto_top_up_card"),
    path("auto-top-up/card/saved", card_saved, name="auto_top_up_card_saved"),
    path("auto-top-up/card/remove", remove_card, name="auto_top_up_card_remove"),
    path("auto-top-up/confirm", confirm, name="confirm_top_up"),
    path("auto-top-up/confirmed", confirmed, name="top_up_confirmed"),
    path("auto-top-up/cancel", call_off, name="call_off_top_up"),
    path("usage", usage, name="usage"),
    path("usage.csv", usage_csv, name="usage_csv"),
]
