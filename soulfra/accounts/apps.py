from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "soulfra.accounts"
    label = "accounts"

    def ready(self) -> None:
        from soulfra.accounts import openapi  # noqa: F401  importing registers the scheme; not before apps are loaded
