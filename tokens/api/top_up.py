from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.catalog import get_catalog
from tokens.models.catalog import MOST_TOKENS
from tokens.money import to_cents
from tokens.top_up import consent
from tokens.top_up.consent import MOST_CENTS, Terms
from tokens.top_up.errors import ConsentNeeded, InvalidTopUp
from tokens.top_up.reading import State, state_of
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.fields import AmountField, ExactSerializer, FlagField, NumberField, TextField
from tokens.web.api.numbers import json_money
from tokens.web.api.schema import describes, sends
from tokens.web.caller import user_id_of


class AutoTopUpRequestSerializer(ExactSerializer):
    enabled = FlagField(help_text="Whether packs are bought automatically.")
    threshold = NumberField(
        required=False,
        min_value=1,
        max_value=MOST_TOKENS,
        help_text="Buy when fewer tokens than this are available. Unchanged if left out, like all that follow.",
    )
    package = TextField(required=False, help_text="The key of a package.")
    monthly_limit = AmountField(
        required=False,
        min_value=0,
        max_value=MOST_CENTS,
        help_text="The most to spend in a calendar month (UTC), in whole currency units.",
    )


class CardSerializer(serializers.Serializer[Any]):
    brand = serializers.CharField()
    last4 = serializers.CharField()
    exp_month = serializers.IntegerField()
    exp_year = serializers.IntegerField()


class AutoTopUpSerializer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()
    threshold = serializers.IntegerField(allow_null=True)
    package = serializers.CharField(allow_null=True)
    monthly_limit = serializers.FloatField(allow_null=True)
    monthly_limit_cents = serializers.IntegerField(
        allow_null=True, help_text="`monthly_limit` in the smallest unit of `currency`."
    )
    currency = serializers.CharField(allow_null=True)
    spent_this_month = serializers.FloatField(
        allow_null=True, help_text="What counts toward the limit: charged this month, and under way."
    )
    spent_this_month_cents = serializers.IntegerField(
        allow_null=True, help_text="`spent_this_month` in the smallest unit of `currency`."
    )
    status = serializers.ChoiceField(
        choices=["off", "ready", "charging", "needs_confirmation", "limit_reached"],
        help_text="`needs_confirmation`: the bank wants the customer to confirm a payment on the page `confirm_url`.",
    )
    off_reason = serializers.CharField(
        allow_null=True, help_text="Why it was turned off, such as `declined`; null while it is on."
    )
    card = CardSerializer(allow_null=True)
    url = serializers.CharField(help_text="The page that saves a card and asks for consent.")


def status_of(state: State) -> str:
    """One word for how it stands."""
    if not state.is_on:
        return "off"
    if state.needs_confirmation:
        return "needs_confirmation"
    if state.under_way:
        return "charging"
    return "limit_reached" if state.waits_until else "ready"


def body_of(state: State) -> dict[str, Any]:
    """The answer: terms are null for who has never agreed to any."""
    auto, card = state.auto, state.card
    fields = ("brand", "last4", "exp_month", "exp_year")
    return {
        "enabled": state.is_on,
        "threshold": auto.threshold if auto else None,
        "package": auto.package_key if auto else None,
        "monthly_limit": json_money(auto.monthly_limit_cents, auto.currency) if auto else None,
        "monthly_limit_cents": auto.monthly_limit_cents if auto else None,
        "currency": auto.currency if auto else None,
        "spent_this_month": json_money(state.spent_cents, auto.currency) if auto else None,
        "spent_this_month_cents": state.spent_cents if auto else None,
        "status": status_of(state),
        "off_reason": (auto.off_reason or None) if auto else None,
        "card": {name: getattr(card, name) for name in fields} if card else None,
        "url": consent.page(),
    }


class AutoTopUpViewSet(ExactViewSet):
    """Packs that are bought automatically."""

    scopes = {"PUT": Scope.ACCOUNT}

    @describes(
        AutoTopUpSerializer,
        operation="getAutoTopUp",
        summary="Get automatic top-up",
        description="Whether packs are bought automatically, on which terms, and with which card.",
    )
    def retrieve(self, request: Request) -> Response:
        return Response(body_of(state_of(user_id_of(request))))

    @describes(
        AutoTopUpSerializer,
        problems=(409,),
        operation="updateAutoTopUp",
        summary="Change automatic top-up",
        description=(
            "Turns automatic top-up off, or changes it to what costs no more than you agreed to. Turning it on again "
            "works after you turned it off yourself, for a saved card and within your consent; below the threshold it "
            "buys at once. Anything that goes beyond returns 403 with the page that asks for consent."
        ),
        request=AutoTopUpRequestSerializer,
        examples=[
            sends("Turn off", enabled=False),
            sends("Lower the limit", enabled=True, threshold=50, package="pro", monthly_limit=80),
        ],
    )
    def update(self, request: Request) -> Response:
        user_id = user_id_of(request)
        state = state_of(user_id)
        consent.change(user_id, _terms(state, self.body), is_on=self.body["enabled"])
        return Response(body_of(state_of(user_id)))


def _terms(state: State, body: dict[str, Any]) -> Terms:
    """What is asked for, and for what is not asked, what is so now. Raises ConsentNeeded, UnknownPackage."""
    auto = state.auto
    if auto is None:
        raise ConsentNeeded(consent.page())
    key = body.get("package", auto.package_key)
    cents = auto.monthly_limit_cents
    if "monthly_limit" in body:
        package = get_catalog().package(key)
        asked = to_cents(body["monthly_limit"], package.currency)
        if asked is None:
            raise InvalidTopUp("monthly_limit", "“monthly_limit” has more decimals than the currency.")
        cents = asked
    return Terms(key, body.get("threshold", auto.threshold), cents)
