"""Tells the OpenAPI schema how API keys are sent and what they must be allowed to. Importing registers the first."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from accounts.scopes import Scope, needed


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        scopes = "; ".join(f"`{scope}` ({scope.label[0].lower()}{scope.label[1:]})" for scope in Scope)
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tk_…",
            "description": (
                "An API key, created on the API keys page or with `manage.py issue_api_key USERNAME`. "
                f"Its scopes say what it may do: {scopes}. A call that needs another one returns 403 `missing-scope`."
            ),
        }


class ScopedSchema(AutoSchema):
    """Each operation says which scope a key needs for it, to people and, as `x-required-scope`, to programs."""

    def get_operation(self, *args: Any) -> Any:
        operation = super().get_operation(*args)
        scope = needed(self.view, self.method)
        if operation and scope:
            operation["description"] = f"{operation.get('description', '')} Needs the scope `{scope}`.".lstrip()
            operation["x-required-scope"] = scope.value
        return operation
