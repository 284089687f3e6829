from django.apps import AppConfig


class MembershipsConfig(AppConfig):
    name = "memberships"

    def ready(self) -> None:
        from memberships import personal_data  # noqa: F401  importing registers the personal data
        from memberships.pages import settling  # noqa: F401  importing registers a section of the account page
        from memberships.subscriptions import endings, handlers, reconciliation, upkeep  # noqa: F401  likewise, what they do
