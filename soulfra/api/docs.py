"""The API's description of itself, and a page that tries calls out, under a content security policy of its own: Swagger
UI styles its elements inline.
"""

from __future__ import annotations

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.web.api.exact import ExactView, JsonProblems, takes
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


@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class TryView(JsonProblems, SpectacularSwaggerSplitView):
    """A page for people. Serves its script as a file of its own, so that no inline script needs to be allowed."""

    url_name = "schema"
