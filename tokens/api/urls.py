from django.urls import path

from tokens.api.catalog import PackageViewSet
from tokens.api.purchases import PurchaseViewSet
from tokens.api.usage import UsageViewSet
from tokens.api.wallet import WalletViewSet
from tokens.payments.webhook import webhook

app_name = "tokens_api"
urlpatterns = [
    path("packages", PackageViewSet.as_view({"get": "packages"}), name="packages"),
    path("balance", WalletViewSet.as_view({"get": "balance"}), name="balance"),
    path("stats", WalletViewSet.as_view({"get": "stats"}), name="stats"),
    path("purchase", PurchaseViewSet.as_view({"post": "create"}), name="purchase"),
    path("history", PurchaseViewSet.as_view({"get": "list"}), name="history"),
    path("usage", UsageViewSet.as_view({"get": "list"}), name="usage"),
    path("spend", UsageViewSet.as_view({"post": "spend"}), name="spend"),
    path("webhook", webhook, name="webhook"),
]
