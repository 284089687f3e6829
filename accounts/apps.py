from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        # Importing registers; not before apps are loaded.
        from accounts import checks, openapi, personal_data  # noqa: F401
        from accounts.factors import added  # noqa: F401
        from accounts.pages import account  # noqa: F401
        from accounts.sign_in import log, new_addresses  # noqa: F401
