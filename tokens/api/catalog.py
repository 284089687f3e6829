from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.catalog import Package, get_catalog
from tokens.web.api.numbers import CentsField, MoneyField, json_unit_price
from tokens.web.api.revalidation import IF_NONE_MATCH, NOT_MODIFIED, RevalidatedViewSet
from tokens.web.api.schema import describes


class PackageSerializer(serializers.Serializer[Package]):
    name = serializers.CharField()
    tokens = serializers.IntegerField()
    price = MoneyField("price_cents")
    amount_cents = CentsField("price_cents")
    price_per_token = serializers.SerializerMethodField()
    currency = serializers.CharField()
    savings = serializers.SerializerMethodField()
    popular = serializers.BooleanField(source="is_popular")

    def get_price_per_token(self, package: Package) -> float:
        return json_unit_price(package.price_cents, package.tokens, package.currency)

    def get_savings(self, package: Package) -> str:
        return f"{package.savings_percent}%"


class CatalogSerializer(serializers.Serializer[Any]):
    packages = serializers.DictField(child=PackageSerializer(), help_text="By key, in display order.")
    costs = serializers.DictField(child=serializers.IntegerField(), help_text="Price of each action, in tokens.")


class PackageViewSet(RevalidatedViewSet):
    """What is for sale, and what actions cost."""

    permission_classes = [AllowAny]

    @describes(
        CatalogSerializer,
        operation="listPackages",
        summary="List packages and prices",
        description="Token packages on sale, and the price of each action in tokens. No authentication needed.",
        parameters=[IF_NONE_MATCH],
        also=NOT_MODIFIED,
    )
    def packages(self, request: Request) -> Response:
        catalog = get_catalog()
        packages = {key: PackageSerializer(package).data for key, package in catalog.packages.items()}
        return Response({"packages": packages, "costs": {key: cost.tokens for key, cost in catalog.costs.items()}})
