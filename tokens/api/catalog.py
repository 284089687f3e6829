from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.catalog import Package, get_catalog
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.numbers import json_money, json_unit_price
from tokens.web.api.schema import describes


class PackageSerializer(serializers.Serializer[Package]):
    name = serializers.CharField()
    tokens = serializers.IntegerField()
    price = serializers.FloatField()
    price_per_token = serializers.FloatField()
    currency = serializers.CharField()
    savings = serializers.CharField()
    popular = serializers.BooleanField()

    def to_representation(self, package: Package) -> dict[str, Any]:
        return {
            "name": package.name,
            "tokens": package.tokens,
            "price": json_money(package.price_cents, package.currency),
            "price_per_token": json_unit_price(package.price_cents, package.tokens, package.currency),
            "currency": package.currency,
            "savings": f"{package.savings_percent}%",
            "popular": package.is_popular,
        }


class CatalogSerializer(serializers.Serializer[Any]):
    packages = serializers.DictField(child=PackageSerializer(), help_text="By key, in display order.")
    costs = serializers.DictField(child=serializers.IntegerField(), help_text="Price of each action, in tokens.")


class PackageViewSet(ExactViewSet):
    """What is for sale, and what actions cost."""

    permission_classes = [AllowAny]

    @describes(
        CatalogSerializer,
        operation="list_packages",
        summary="List packages and prices",
        description="Token packages on sale, and the price of each action in tokens. No authentication needed.",
    )
    def packages(self, request: Request) -> Response:
        catalog = get_catalog()
        packages = {key: PackageSerializer(package).data for key, package in catalog.packages.items()}
        return Response({"packages": packages, "costs": {key: cost.tokens for key, cost in catalog.costs.items()}})
