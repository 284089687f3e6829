from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"

    def ready(self) -> None:
        from tokens import personal_data  # noqa: F401  importing registers the personal data
        from tokens.alerts import balance, expiring  # noqa: F401  importing registers who looks for what is to be told
        from tokens.emails import account_emails, security_notices  # noqa: F401  importing registers who sends them
        from tokens.pages import key_caps, notifications, top_up  # noqa: F401  importing registers what account pages show

        # First, because what an event repairs is no difference any more.
        from tokens.reconciliation import events  # noqa: F401  importing registers a comparison
        from tokens.reports import ledger_check  # noqa: F401  importing registers the daily check
        from tokens.staff import batches  # noqa: F401  importing registers the work on lists
        from tokens.top_up import cards, charging, deciding  # noqa: F401  importing registers the work on top-ups
        from tokens.webhooks import handlers  # noqa: F401  importing registers what each Stripe event does

        # isort: split
        from tokens.reconciliation import disputes, lost, payments, refunds, top_ups  # noqa: F401  likewise
