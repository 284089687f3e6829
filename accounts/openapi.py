"""Tells the OpenAPI schema how API keys are sent. Importing registers it."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tk_…",
            "description": "An API key, created on the API keys page or with `manage.py issue_api_key USERNAME`.",
        }
