"""`manage.py collectstatic`, which leaves alone what is served already, and does nothing when all is there."""

from pathlib import Path
from typing import Any

from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectstaticCommand
from django.core.management import CommandError

from soulfra.serving import static_files


class Command(CollectstaticCommand):
    def handle(self, **options: Any) -> str | None:
        if options["dry_run"] or not hasattr(
            self.storage, "manifest_storage"
        ):  # with DEBUG nothing is named by content
            return super().handle(**options)
        if static_files.are_collected() and not options["clear"]:
            static_files.read_names()
            return "The static files are there already." if options["verbosity"] else None
        try:
            with static_files.scratch() as directory:
                self.storage = self.storage.__class__(location=directory)  # it is a lazy stand-in
                summary = super().handle(**options)
                static_files.publish(Path(directory))
            static_files.read_names()
        except OSError as error:
            raise CommandError(
                f"The static files can't be written ({error}): run `manage.py collectstatic` once where they can be, "
                "such as when the image is built."
            ) from error
        return summary
