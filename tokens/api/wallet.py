from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import Wallet
from tokens.reports.customer_totals import purchase_totals, usage_breakdown
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.numbers import json_money
from tokens.web.api.schema import describes, gives
from tokens.web.caller import user_id_of


class BalanceSerializer(serializers.Serializer[Any]):
    balance = serializers.IntegerField(help_text="All your tokens, with those on hold already deducted.")
    user_id = serializers.IntegerField()
    available = serializers.IntegerField(help_text="Tokens you can spend now.")
    held = serializers.IntegerField(help_text="Tokens on hold.")
    frozen = serializers.IntegerField(help_text="Tokens frozen by a dispute.")
    owed = serializers.IntegerField(help_text="Debt: deducted from the next tokens you buy.")


class BreakdownSerializer(serializers.Serializer[Any]):
    action = serializers.CharField()
    tokens = serializers.IntegerField()
    count = serializers.IntegerField()


class StatsSerializer(serializers.Serializer[Any]):
    balance = serializers.IntegerField()
    total_purchased = serializers.IntegerField(help_text="Tokens bought, less those refunded.")
    total_spent_usd = serializers.FloatField()
    amount_cents = serializers.IntegerField(help_text="`total_spent_usd` in the smallest unit of `currency`.")
    currency = serializers.CharField()
    purchase_count = serializers.IntegerField()
    usage_breakdown = BreakdownSerializer(many=True)


def balance_body(wallet: Wallet) -> dict[str, int]:
    """The answer to a question for the balance: tokens by the names the API documents."""
    parts = {name: getattr(wallet, name) for name in ("available", "held", "frozen", "owed")}
    return {"balance": wallet.balance, "user_id": wallet.pk, **parts}


class WalletViewSet(ExactViewSet):
    """The signed-in user's own tokens."""

    @describes(
        BalanceSerializer,
        operation="getBalance",
        summary="Get your balance",
        description="Your token balance, and how much of it is available, on hold, frozen or owed.",
        examples=[gives("A balance", balance=92, user_id=7, available=92, held=8, frozen=0, owed=0)],
    )
    def balance(self, request: Request) -> Response:
        return Response(balance_body(read_wallet(user_id_of(request))))

    @describes(
        StatsSerializer,
        operation="getStats",
        summary="Get your totals",
        description=(
            "Total tokens bought and money paid, net of refunds and disputes, and "
            "tokens spent by action, largest first."
        ),
    )
    def stats(self, request: Request) -> Response:
        totals = purchase_totals(user_id_of(request), currency="usd")
        breakdown = usage_breakdown(user_id_of(request))
        return Response(
            {
                "balance": get_token_balance(user_id_of(request)),
                "total_purchased": totals.tokens,
                "total_spent_usd": json_money(totals.spent_cents, "usd"),
                "amount_cents": totals.spent_cents,
                "currency": "usd",
                "purchase_count": totals.purchases,
                "usage_breakdown": [
                    {"action": row.action, "tokens": row.tokens, "count": row.count} for row in breakdown
                ],
            }
        )
