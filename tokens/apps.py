from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TokensConfig(AppConfig):
    name = "tokens"

    def ready(self) -> None:
        from tokens import (
            functions,
            handlers,  # noqa: F401  importing registers what each Stripe event does
            personal_data,  # noqa: F401  importing registers what is kept of a person
        )

        post_migrate.connect(functions.install, sender=self)
        # First, because what an event repairs is no difference any more.
        from tokens.payments import reconcile_events  # noqa: F401  importing registers a comparison
        from tokens.staff import batches  # noqa: F401  importing registers the work on lists

        # isort: split
        from tokens.payments import reconcile_disputes, reconcile_payments, reconcile_refunds  # noqa: F401  likewise
