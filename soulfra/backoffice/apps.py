from django.apps import AppConfig


class BackOfficeConfig(AppConfig):
    name = "soulfra.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        from soulfra.backoffice import second_factor  # noqa: F401  importing listens for a factor that is added
