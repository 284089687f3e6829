from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        # Importing registers; not before apps are loaded.
        from accounts import checks, new_addresses, openapi, personal_data, sign_in_log  # noqa: F401
        from accounts.factors import added  # noqa: F401
