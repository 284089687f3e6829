from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"

    def ready(self) -> None:
        from tokens import handlers  # noqa: F401  importing registers what each Stripe event does
