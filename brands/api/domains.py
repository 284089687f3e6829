from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from brands import editing
from brands.api.fields import (
    BrandSerializer,
    EditedSerializer,
    FilterSerializer,
    ImportedSerializer,
    NewBrandSerializer,
)
from brands.choosing import choose
from brands.importing import ALREADY_YOURS, import_domain
from brands.models import Brand
from brands.records import record_of
from tokens.transactions import money_transaction
from tokens.web.api.exact import ExactView
from tokens.web.api.idempotency import respond_once
from tokens.web.api.pagination import PAGING, NewestFirst
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes, sends
from tokens.web.caller import api_key_of, user_id_of


class BrandPages(NewestFirst):
    results_key = "domains"


class DomainViewSet(ExactView, mixins.ListModelMixin, viewsets.GenericViewSet[Brand]):
    """The signed-in user's domains. What pays for importing one is said in the answer."""

    scopes = dict.fromkeys(("POST", "PATCH", "DELETE"), Scope.DOMAINS)
    serializer_class = BrandSerializer
    queryset = Brand.objects.none()
    pagination_class = BrandPages

    def get_queryset(self) -> QuerySet[Brand]:
        asked = {name: value for name, value in self.query.items() if name not in PAGING}
        return choose(**asked).brands(user_id_of(self.request))

    def get_brand(self, pk: int) -> Brand:
        return editing.find(user_id_of(self.request), pk)

    @describes(
        BrandSerializer(many=True),
        query=FilterSerializer,
        operation="listDomains",
        summary="List your domains",
        description="Your domains, newest first, filtered by the query parameters. Follow `next` for more.",
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @describes(
        ImportedSerializer,
        problems=(402, 409, 422),
        status=201,
        operation="importDomain",
        summary="Import a domain",
        description="Adds a domain. `paid_by` says whether tokens, the membership or the free plan paid for it.",
        request=NewBrandSerializer,
        examples=[
            sends("A domain", domain="example.com"),
            sends("With details", domain="example.com", tier="creative"),
        ],
        parameters=[IDEMPOTENCY_KEY],
        also={
            (200, "application/json"): OpenApiResponse(ImportedSerializer, "You already have it; nothing is charged")
        },
    )
    def create(self, request: Request) -> Response:
        details = dict(self.body)
        domain = details.pop("domain")

        def work() -> dict[str, Any]:
            found = import_domain(user_id_of(request), domain, details=details, api_key=api_key_of(request))
            cost = {"paid_by": found.paid_by, "tokens_spent": found.tokens_spent, "balance": found.balance}
            return {**record_of(found.brand), **cost, "notes": list(found.notes)}

        return money_transaction(respond_once)(request, work, status=_status_of)

    @describes(
        BrandSerializer,
        problems=(404,),
        operation="getDomain",
        summary="Get a domain",
        description="One of your domains with all its details.",
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(record_of(self.get_brand(pk)))

    @describes(
        BrandSerializer,
        problems=(404,),
        operation="updateDomain",
        summary="Update a domain",
        description="Changes only the fields you send.",
        request=EditedSerializer,
        examples=[sends("Another name", name="Ocean Dreams", category="cooking")],
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        return Response(record_of(editing.edit(self.get_brand(pk), self.body)))

    @describes(
        None,
        problems=(404,),
        status=204,
        operation="deleteDomain",
        summary="Delete a domain",
        description=(
            "Deletes the domain and its analyses, which frees a place in your plan. "
            "Tokens spent on it are not refunded."
        ),
    )
    def destroy(self, request: Request, pk: int) -> Response:
        brand = self.get_brand(pk)
        editing.remove(brand.owner_id, [brand.pk])
        return Response(status=204)


def _status_of(answer: dict[str, Any]) -> int:
    return 200 if answer["paid_by"] == ALREADY_YOURS else 201
