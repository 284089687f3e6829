"""All purchases, and all usage, page by page from the newest."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from tokens.catalog import get_catalog
from tokens.models import Purchase, TokenUsage
from tokens.pages.labels import with_labels
from tokens.web.caller import user_id_of
from tokens.web.keyset import start_of_page

PAGE = 50


class NewestFirstList(LoginRequiredMixin, View):
    """One page of the signed-in user's rows; `?before=<number>` is the keyset, so any page costs the same."""

    template_name: str
    rows_name: str
    ordering = "id"

    def get_queryset(self) -> QuerySet[Any]:
        raise NotImplementedError

    def shown(self, rows: QuerySet[Any]) -> list[Any]:
        return list(rows)

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = self.get_queryset().order_by(f"-{self.ordering}")
        if "before" in request.GET:
            rows = rows.filter(**{f"{self.ordering}__lt": start_of_page(request.GET["before"])})
        page: list[Any] = self.shown(rows[: PAGE + 1])
        has_more, page = len(page) > PAGE, page[:PAGE]
        next_url = f"?before={getattr(page[-1], self.ordering)}" if has_more else None
        return render(request, self.template_name, {self.rows_name: page, "next_url": next_url})


class PurchaseList(NewestFirstList):
    template_name, rows_name = "tokens/purchases.html", "purchases"

    def get_queryset(self) -> QuerySet[Purchase]:
        return Purchase.objects.for_user(user_id_of(self.request))


class UsageList(NewestFirstList):
    template_name, rows_name, ordering = "tokens/usage.html", "usages", "number"

    def get_queryset(self) -> QuerySet[TokenUsage]:
        return TokenUsage.objects.for_user(user_id_of(self.request)).spent()

    def shown(self, rows: QuerySet[TokenUsage]) -> list[TokenUsage]:
        return with_labels(rows, get_catalog())
