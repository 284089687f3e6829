from django.apps import AppConfig


class BrandsConfig(AppConfig):
    name = "brands"

    def ready(self) -> None:
        from brands import errors, importing  # noqa: F401  importing registers how domains are counted
        from tokens.refusals import answers

        answers(errors.BadDomain, 400, "Not a domain")
        answers(errors.BadChoice, 400, "No such choice")
        answers(errors.BadFile, 400, "Not a file of domains")
        answers(errors.UnknownBrand, 404, "Unknown domain")
