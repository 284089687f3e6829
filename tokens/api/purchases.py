from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from tokens.errors import NoSuchPurchase
from tokens.models import Purchase, Refund
from tokens.models.purchase import Taken
from tokens.purchases import checkout
from tokens.web import limits
from tokens.web.api.exact import ExactView
from tokens.web.api.fields import TextField
from tokens.web.api.idempotency import respond_once
from tokens.web.api.numbers import CentsField, MoneyField, json_money
from tokens.web.api.pagination import NewestFirst, PageSerializer
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, gives, sends
from tokens.web.caller import buyer_of, user_id_of
from tokens.web.return_addresses import ReturnsSerializer


class OrderSerializer(ReturnsSerializer):
    package = TextField(help_text="The key of a package, such as “pro”.")


class CheckoutSerializer(serializers.Serializer[Purchase]):
    checkout_url = serializers.URLField(help_text="Stripe's hosted payment page: redirect the buyer to it.")
    session_id = serializers.CharField(source="stripe_checkout_session_id")
    package = serializers.CharField(source="package_key")
    tokens = serializers.IntegerField()
    price = MoneyField("amount_cents")
    amount_cents = serializers.IntegerField(help_text="`price` in the smallest unit of `currency`.")
    currency = serializers.CharField()


class TakenSerializer(serializers.Serializer[Purchase]):
    amount = serializers.FloatField(help_text="In `currency`.")
    amount_cents = serializers.IntegerField(help_text="`amount` in the smallest unit of `currency`.")
    tokens = serializers.IntegerField()

    def __init__(self, taken: str, **kwargs: Any) -> None:
        """`taken` names the property of the purchase."""
        self.taken = taken
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, purchase: Purchase) -> dict[str, Any]:
        taken: Taken = getattr(purchase, self.taken)
        amount = json_money(taken.cents, purchase.currency)
        return {"amount": amount, "amount_cents": taken.cents, "tokens": taken.tokens}


class PurchaseSerializer(serializers.ModelSerializer[Purchase]):
    amount = MoneyField(
        "received_cents",
        help_text="What was paid, in `currency`: less than `price` with a promotion code or account credit, more with "
        "tax. 0 until the payment is confirmed.",
    )
    amount_cents = CentsField("received_cents", of="amount")
    price = MoneyField("amount_cents", help_text="List price when it was ordered, in `currency`.")
    price_cents = CentsField("amount_cents")
    refunded = TakenSerializer(
        "refunded_part", help_text="The part of `amount` refunded to date, and the tokens removed with it."
    )
    disputed = TakenSerializer(
        "disputed_part", help_text="The part that disputes have taken and not returned, and the tokens removed with it."
    )
    simulated = serializers.BooleanField(
        source="is_simulated", read_only=True, help_text="A test purchase: no money was paid."
    )

    class Meta:
        model = Purchase
        fields = [
            "id",
            "type",
            "amount",
            "amount_cents",
            "price",
            "price_cents",
            "refunded",
            "disputed",
            "currency",
            "tokens",
            "description",
            "status",
            "created_at",
            "completed_at",
            "simulated",
        ]


class CreditNoteSerializer(serializers.Serializer[Refund]):
    refund = serializers.IntegerField(source="pk", help_text="The refund that it is for.")
    amount = serializers.SerializerMethodField(
        help_text="What was refunded, tax included, in the purchase's `currency`."
    )
    amount_cents = serializers.IntegerField(help_text="`amount` in the smallest unit of `currency`.")
    currency = serializers.CharField(source="purchase.currency")
    created_at = serializers.DateTimeField(help_text="When the refund was made.")
    pdf = serializers.SerializerMethodField(help_text="The credit note as a PDF; null if Stripe has none.")

    def get_amount(self, refund: Refund) -> float:
        return json_money(refund.amount_cents, refund.purchase.currency)

    def get_pdf(self, refund: Refund) -> str | None:
        return refund.credit_note_pdf or None


class PurchaseDetailSerializer(PurchaseSerializer):
    paid = MoneyField("received_cents", help_text="The same as `amount`.")
    paid_cents = CentsField("received_cents", of="paid")
    tax = MoneyField("tax_cents", help_text="The tax within `amount`, in `currency`.")
    tax_cents = CentsField("tax_cents", of="tax")
    invoice_url = serializers.SerializerMethodField(help_text="The invoice on a page of Stripe's; null without one.")
    invoice_pdf = serializers.SerializerMethodField(help_text="The invoice as a PDF; null without one.")
    credit_notes = CreditNoteSerializer(
        many=True,
        read_only=True,
        help_text="One for each refund that has gone through, oldest first; none without an invoice.",
    )
    checkout_url = serializers.CharField(
        source="open_checkout_url",
        allow_null=True,
        read_only=True,
        help_text="Stripe's payment page while the purchase can still be paid there; else null.",
    )

    class Meta(PurchaseSerializer.Meta):
        fields = [
            *PurchaseSerializer.Meta.fields,
            "paid",
            "paid_cents",
            "tax",
            "tax_cents",
            "invoice_url",
            "invoice_pdf",
            "credit_notes",
            "checkout_url",
        ]

    def get_invoice_url(self, purchase: Purchase) -> str | None:
        return purchase.invoice_url or None

    def get_invoice_pdf(self, purchase: Purchase) -> str | None:
        return purchase.invoice_pdf or None


class PurchasePages(NewestFirst):
    results_key = "history"


class PurchaseViewSet(ExactView, mixins.ListModelMixin, viewsets.GenericViewSet[Purchase]):
    """The signed-in user's purchases."""

    scopes = {"POST": Scope.BUY}
    serializer_class = PurchaseSerializer
    queryset = Purchase.objects.none()
    pagination_class = PurchasePages

    def get_queryset(self) -> QuerySet[Purchase]:
        return Purchase.objects.for_user(user_id_of(self.request)).prefetch_related("refunds")

    @describes(
        PurchaseSerializer(many=True),
        query=PageSerializer,
        operation="listPurchases",
        summary="List your purchases",
        description="Token and membership purchases, newest first. Follow `next` for older ones.",
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @describes(
        PurchaseDetailSerializer,
        problems=(404,),
        operation="getPurchase",
        summary="Get a purchase",
        description=(
            "What a purchase cost and what was paid, with its tax, its invoice, credit notes of refunds, and while it "
            "is unpaid its payment page. An invoice appears a moment after the payment. Its links are Stripe's and may "
            "end after some weeks; the links on the pages of the shop don't."
        ),
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        purchase = self.get_queryset().filter(pk=pk).first()
        if purchase is None:
            raise NoSuchPurchase(f"You have no purchase {pk}.")
        return Response(PurchaseDetailSerializer(purchase).data)

    @describes(
        CheckoutSerializer,
        problems=(409, 422, 502, 503),
        operation="createPurchase",
        summary="Buy a package",
        description=(
            "Opens a Stripe Checkout page. Redirect the buyer to `checkout_url`; the tokens "
            "are credited once the payment is confirmed."
        ),
        request=OrderSerializer,
        examples=[
            sends("The Pro Pack", package="pro"),
            sends(
                "Back to your own pages",
                package="pro",
                success_url="https://app.example.com/paid?session={CHECKOUT_SESSION_ID}",
                cancel_url="https://app.example.com/prices",
            ),
            gives(
                "A page to pay at",
                checkout_url="https://checkout.stripe.com/c/pay/cs_1",
                session_id="cs_1",
                package="pro",
                tokens=500,
                price=40.0,
                amount_cents=4000,
                currency="usd",
            ),
        ],
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        limits.count(request, limits.STRIPE)

        def work() -> dict[str, Any]:
            asked = dict(self.body)
            package = asked.pop("package")
            bought = checkout.open_checkout(user_id_of(request), package, buyer=buyer_of(request, **asked))
            return CheckoutSerializer(bought).data

        return respond_once(request, work)
