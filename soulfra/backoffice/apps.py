from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BackOfficeConfig(AppConfig):
    name = "soulfra.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        from soulfra.backoffice import invitations, roles  # noqa: F401  importing registers what it keeps of people

        post_migrate.connect(roles.after_all_migrations)
