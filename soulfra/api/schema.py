"""The API's description of itself, for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.web.api.exact import ExactView, takes
from tokens.web.api.fields import QuerySerializer, WordField

FORMATS = ("json", "yaml")


class FormatSerializer(QuerySerializer):
    format = WordField(FORMATS, required=False)


class SchemaView(ExactView, SpectacularAPIView):
    """YAML, unless `?format=json` or the Accept header asks for JSON."""

    def get_format_suffix(self, **kwargs: Any) -> str | None:
        wanted = self.request.query_params.get("format")
        return wanted if wanted in FORMATS else None  # another one is refused like any impossible value

    @extend_schema(exclude=True)
    @takes(query=FormatSerializer)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().get(request, *args, **kwargs)
        return answer
