from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        # Importing registers; not before apps are loaded.
        from accounts import openapi, personal_data, sign_in_log  # noqa: F401
        from accounts.one_time_codes import remember_long_enough

        remember_long_enough()
