from django.apps import AppConfig
from django.conf import settings


class SoulfraConfig(AppConfig):
    name = "soulfra"

    def ready(self) -> None:
        from soulfra import checks, return_checks, stripe_checks  # noqa: F401  importing registers the system checks
        from soulfra.privacy import downloads, pages  # noqa: F401  importing registers the work and two sections
        from soulfra.watching import asked_of_others, exposing, settings_checks  # noqa: F401  likewise

        if settings.SENTRY_DSN:
            from soulfra.watching import sentry

            sentry.begin(settings.SENTRY_DSN)
