from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        from accounts import (  # noqa: F401  importing registers; not before apps are loaded
            openapi,
            personal_data,
            sign_in_log,
        )
