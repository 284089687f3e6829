from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BackOfficeConfig(AppConfig):
    name = "soulfra.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        from soulfra.backoffice import roles

        post_migrate.connect(roles.after_all_migrations)
