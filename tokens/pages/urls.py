from django.urls import path

from tokens.pages.buying import cancel, purchase, success
from tokens.pages.history import PurchaseList, UsageList
from tokens.pages.home import home
from tokens.pages.invoices import invoice, invoice_pdf, portal

app_name = "tokens"
urlpatterns = [
    path("", home, name="home"),
    path("purchase", purchase, name="purchase"),
    path("success", success, name="success"),
    path("cancel", cancel, name="cancel"),
    path("purchases", PurchaseList.as_view(), name="purchases"),
    path("purchases/<int:pk>/invoice", invoice, name="invoice"),
    path("purchases/<int:pk>/invoice.pdf", invoice_pdf, name="invoice_pdf"),
    path("portal", portal, name="portal"),
    path("usage", UsageList.as_view(), name="usage"),
]
