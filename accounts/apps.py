from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        from accounts import openapi, personal_data  # noqa: F401  importing registers; not before apps are loaded
        from accounts.one_time_codes import remember_long_enough

        remember_long_enough()
