"""How REST framework behaves here, and what the API's description says of itself."""

from typing import Any

REST: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tokens.web.api.parsers.PlainJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "accounts.openapi.ScopedSchema",
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is a parameter like others
    "EXCEPTION_HANDLER": "tokens.web.api.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}


SCHEMA = {
    "TITLE": "Soulfra API",
    "DESCRIPTION": (
        "Buy prepaid tokens and memberships, spend tokens on metered actions, and manage domains. "
        "Authenticate with `Authorization: Bearer tk_…`. Any call may return 503 with `Retry-After` while the database "
        "is in trouble: repeat it, with the same `Idempotency-Key`."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "PurchaseStatusEnum": "tokens.models.Purchase.Status",
        "HoldStatusEnum": "tokens.models.TokenUsage.Status",
        "ImportStatusEnum": "brands.models.csv_import.CsvImport.Status",
        "AnalysisStatusEnum": "brands.models.analysis.Analysis.Status",
    },
}
