from django.urls import path

from tokens.api.catalog import PackageViewSet
from tokens.api.holds import HoldViewSet
from tokens.api.limits import LimitsViewSet
from tokens.api.purchases import PurchaseViewSet
from tokens.api.quote import QuoteViewSet
from tokens.api.spend_batches import SpendBatchViewSet
from tokens.api.spend_reversals import SpendReversalViewSet
from tokens.api.statement import StatementViewSet
from tokens.api.top_up import AutoTopUpViewSet
from tokens.api.usage import UsageViewSet
from tokens.api.usage_summary import UsageSummaryViewSet
from tokens.api.wallet import WalletViewSet
from tokens.api.webhook import webhook

app_name = "tokens_api"
urlpatterns = [
    path("webhook", webhook, name="webhook"),
    path("packages", PackageViewSet.as_view({"get": "packages"}), name="packages"),
    path("balance", WalletViewSet.as_view({"get": "balance"}), name="balance"),
    path("stats", WalletViewSet.as_view({"get": "stats"}), name="stats"),
    path("purchase", PurchaseViewSet.as_view({"post": "create"}), name="purchase"),
    path("purchases/<int:pk>", PurchaseViewSet.as_view({"get": "retrieve"}), name="purchase_detail"),
    path("history", PurchaseViewSet.as_view({"get": "list"}), name="history"),
    path("usage", UsageViewSet.as_view({"get": "list"}), name="usage"),
    path("usage/summary", UsageSummaryViewSet.as_view({"get": "summary"}), name="usage_summary"),
    path("usage/<int:pk>/reverse", SpendReversalViewSet.as_view({"post": "create"}), name="reverse_usage"),
    path("statement", StatementViewSet.as_view({"get": "statement"}), name="statement"),
    path("auto-top-up", AutoTopUpViewSet.as_view({"get": "retrieve", "put": "update"}), name="auto_top_up"),
    path("limits", LimitsViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="limits"),
    path("spend", UsageViewSet.as_view({"post": "spend"}), name="spend"),
    path("spend/batch", SpendBatchViewSet.as_view({"post": "create"}), name="spend_batch"),
    path("quote", QuoteViewSet.as_view({"post": "create"}), name="quote"),
    path("holds", HoldViewSet.as_view({"get": "list", "post": "create"}), name="holds"),
    path("holds/<int:pk>", HoldViewSet.as_view({"get": "retrieve"}), name="hold"),
    path("holds/<int:pk>/capture", HoldViewSet.as_view({"post": "capture"}), name="capture"),
    path("holds/<int:pk>/release", HoldViewSet.as_view({"post": "release"}), name="release"),
]
