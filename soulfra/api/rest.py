"""How REST framework behaves here, and what the API's description says of itself."""

from typing import Any

from soulfra.api.tags import TAGS

REST: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tokens.web.api.parsers.PlainJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "soulfra.api.operations.Operation",
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is a parameter like others
    "EXCEPTION_HANDLER": "tokens.web.api.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}


SCHEMA = {
    "TITLE": "Soulfra API",
    "DESCRIPTION": (
        "Buy prepaid tokens and memberships, spend tokens on metered actions, and manage domains. "
        "Authenticate with `Authorization: Bearer tk_…`. Errors are problems of RFC 9457 whose `type` opens a page. "
        "Any call may return 503 with `Retry-After` while the database is in trouble: repeat it, with the same "
        "`Idempotency-Key`. Guides, with an example of each: /api/docs."
    ),
    "EXTERNAL_DOCS": {"url": "/api/docs", "description": "Guides, problem types and changes"},
    "TAGS": [{"name": tag.name, "description": tag.description} for tag in TAGS],
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "soulfra.api.operations.add_what_is_shared",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PurchaseStatusEnum": "tokens.models.Purchase.Status",
        "HoldStatusEnum": "tokens.models.TokenUsage.Status",
        "ImportStatusEnum": "brands.models.csv_import.CsvImport.Status",
        "AnalysisStatusEnum": "brands.models.analysis.Analysis.Status",
    },
}
