from django.apps import AppConfig


class SoulfraConfig(AppConfig):
    name = "soulfra"

    def ready(self) -> None:
        from soulfra import checks, stripe_checks  # noqa: F401  importing registers the system checks
        from soulfra.privacy import downloads, pages  # noqa: F401  importing registers the work and two sections
