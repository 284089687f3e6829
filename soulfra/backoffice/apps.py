from django.apps import AppConfig
from django.core.cache import caches
from django.db.models.signals import post_migrate
from django.utils.connection import ConnectionProxy


class BackOfficeConfig(AppConfig):
    name = "soulfra.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        from unfold import sites

        from soulfra.backoffice import invitations, roles  # noqa: F401  importing registers what it keeps of people

        # The theme keeps what a search found in the default cache, which is rows of the database here.
        sites.cache = ConnectionProxy(caches, "process")
        post_migrate.connect(roles.after_all_migrations)
