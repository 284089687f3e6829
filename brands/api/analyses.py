from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from brands import editing
from brands.analysis.engines import label_of
from brands.analysis.running import OPEN, analyze
from brands.details import SUGGESTED
from brands.errors import UnknownAnalysis
from brands.models import Analysis
from brands.records import in_utc
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.transactions import money_transaction
from tokens.web.api.exact import ExactViewSet
from tokens.web.api.idempotency import respond_once
from tokens.web.api.schema import IDEMPOTENCY_KEY, describes
from tokens.web.caller import api_key_of, user_id_of


class ResultSerializer(serializers.Serializer[Any]):
    """Suggestions for the brand, and an assessment of the domain."""

    strengths = serializers.ListField(child=serializers.CharField())
    risks = serializers.ListField(child=serializers.CharField())
    score = serializers.IntegerField(min_value=0, max_value=100)
    score_reasons = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        suggested = {name: serializers.CharField() for name in SUGGESTED}
        suggested["region"] = serializers.CharField(help_text="Empty if unknown.")
        return {**suggested, **super().get_fields()}


class AnalysisSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    domain_id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Analysis.Status.choices)
    engine = serializers.ChoiceField(choices=["rules", "model"])
    label = serializers.CharField(  # type: ignore[assignment]  # a field of the answer, not the name of a field
        help_text="The engine in words, such as “Rule-based analysis - no AI model configured”."
    )
    model = serializers.CharField(help_text="The name of the language model; empty for rules.")
    prompt_version = serializers.CharField()
    result = ResultSerializer(allow_null=True)
    error = serializers.CharField(help_text="Why it failed; empty otherwise.")
    duration_ms = serializers.IntegerField(allow_null=True)
    tokens_spent = serializers.IntegerField(help_text="0 until done, and if it failed.")
    balance = serializers.IntegerField(help_text="Your balance, with tokens on hold already deducted.")
    url = serializers.CharField(help_text="Poll this for the result.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


def _shown(analysis: Analysis, request: Request) -> dict[str, Any]:
    usage = TokenUsage.objects.filter(pk=analysis.hold_id).first() if analysis.hold_id else None
    is_paid = usage is not None and usage.status == TokenUsage.Status.SPENT
    kept = ("status", "engine", "model", "prompt_version", "result", "error", "duration_ms")
    return {
        "id": analysis.pk,
        "domain_id": analysis.brand_id,
        **{name: getattr(analysis, name) for name in kept},
        "label": label_of(analysis.engine, analysis.model),
        "tokens_spent": usage.tokens_spent if usage and is_paid else 0,
        "balance": get_token_balance(user_id_of(request)),
        "url": request.build_absolute_uri(reverse("brands_api:analysis", args=[analysis.brand_id, analysis.pk])),
        "created_at": in_utc(analysis.created_at),
        "finished_at": in_utc(analysis.finished_at) if analysis.finished_at else None,
    }


class AnalysisViewSet(ExactViewSet):
    """What is thought of a domain as a brand, by a language model or by the bundled rules."""

    scopes = {"POST": Scope.DOMAINS}

    def get_object(self, pk: int, analysis_pk: int) -> Analysis:
        brand = editing.find(user_id_of(self.request), pk)
        analysis = Analysis.objects.filter(brand=brand, pk=analysis_pk).first()
        if analysis is None:
            raise UnknownAnalysis(f"Unknown analysis {analysis_pk} of domain {pk}.")
        return analysis

    @describes(
        AnalysisSerializer,
        problems=(402, 404, 409, 422),
        operation="analyzeDomain",
        summary="Analyse a domain",
        description=(
            "The rules engine returns 200 with the result. A language model returns 202 at once; "
            "poll `url` for the result. While an analysis of a domain is in progress, repeating "
            "the request returns that one and costs nothing. A failed analysis costs nothing."
        ),
        parameters=[IDEMPOTENCY_KEY],
        also={(202, "application/json"): OpenApiResponse(AnalysisSerializer, "In progress: poll `url`")},
    )
    def create(self, request: Request, pk: int) -> Response:
        user_id, api_key = user_id_of(request), api_key_of(request)

        def work() -> dict[str, Any]:
            return _shown(analyze(user_id, pk, api_key=api_key), request)

        answer = money_transaction(respond_once)(request, work)
        if answer.data["status"] in OPEN:
            answer.status_code = 202
        return answer

    @describes(
        AnalysisSerializer,
        problems=(404,),
        operation="getAnalysis",
        summary="Get an analysis",
        description="The state of an analysis, and its result once it is done.",
    )
    def retrieve(self, request: Request, pk: int, analysis_pk: int) -> Response:
        return Response(_shown(self.get_object(pk, analysis_pk), request))
