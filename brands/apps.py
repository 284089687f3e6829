from django.apps import AppConfig


class BrandsConfig(AppConfig):
    name = "brands"

    def ready(self) -> None:
        from brands import errors, importing, personal_data  # noqa: F401  importing registers how domains are counted
        from brands.analysis import checks, running  # noqa: F401  importing registers them
        from brands.bulk_import import skipped, start, work  # noqa: F401  importing registers the work on files
        from brands.exports import export
        from tokens.sweep import STEPS
        from tokens.web.refusals import answers

        answers(errors.BadDomain, 400, "Invalid domain")
        answers(errors.BadChoice, 400, "Invalid choice")
        answers(errors.BadFile, 400, "Invalid file")
        answers(errors.FileTooLarge, 413, "File too large")
        answers(errors.UnknownImport, 404, "Unknown import")
        answers(errors.UnknownBrand, 404, "Unknown domain")
        answers(errors.UnknownAnalysis, 404, "Unknown analysis")
        answers(errors.NothingSuggested, 409, "Nothing suggested")
        answers(errors.NothingToExport, 400, "Nothing to export")
        answers(errors.ExportGone, 404, "Export expired")
        STEPS["old exports deleted"] = export.delete_old
        STEPS["old quotes deleted"] = start.forget_old_quotes
        STEPS["old imports with their skipped rows stored"] = skipped.store_old
