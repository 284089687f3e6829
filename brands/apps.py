from django.apps import AppConfig


class BrandsConfig(AppConfig):
    name = "brands"

    def ready(self) -> None:
        from brands import importing, kept_work, personal_data  # noqa: F401  importing registers how domains are counted
        from brands.analysis import checks, quoting, running  # noqa: F401  importing registers them
        from brands.bulk_import import skipped, start, work  # noqa: F401  importing registers the work on files
        from brands.exports import export  # noqa: F401  likewise
