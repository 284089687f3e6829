"""Answers that are the same for everybody and change rarely: kept by the client, and asked for again by their ETag."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.web.api.exact import ExactViewSet

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of the answer that you have."
)
NOT_MODIFIED = {304: OpenApiResponse(None, "You have the newest answer already")}


class RevalidatedViewSet(ExactViewSet):
    """A 304 without a body for who has the newest answer already (If-None-Match); who keeps one asks each time."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if request.method in ("GET", "HEAD") and answer.status_code == 200:
            answer["Cache-Control"] = "no-cache"
            answer.add_post_render_callback(lambda rendered: _or_not_modified(request, rendered))
        return answer


def _or_not_modified(request: Request, answer: Response) -> HttpResponseBase | None:
    etag = f'"{sha256(answer.content).hexdigest()[:32]}"'
    answer["ETag"] = etag
    response: HttpResponseBase | None = get_conditional_response(request._request, etag=etag, response=answer)
    return response
