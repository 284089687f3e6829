"""What a database says of its own migrations, compared with those of this code: another history is refused."""

from __future__ import annotations

from django.core.management import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader

from tokens.wording import counted

Name = tuple[str, str]
NAMED = 3


def refuse_unknown_history(connection: BaseDatabaseWrapper, *, may_be_newer: bool = False) -> None:
    """Raises CommandError for a database that other code has migrated: newer, or of another line of changes.

    To migrate or serve it would be a guess at what its tables are. Whoever takes back a release serves the version
    before beside its additive migrations, and says so by `may_be_newer`.
    """
    loader = MigrationLoader(connection, ignore_no_migrations=True)
    applied, known = set(loader.applied_migrations), _known(loader)
    unknown = sorted(applied - known)
    is_newer = bool(unknown) and applied >= set(loader.graph.nodes)
    if is_newer and may_be_newer:
        return
    if is_newer:
        raise CommandError(
            f"This database was migrated by a newer version of the shop, with {_named(unknown)}: "
            "start that version, or restore the backup from before its upgrade."
        )
    if unknown:
        raise CommandError(
            f"This database has a history that this version doesn't know, with {_named(unknown)}: start the version "
            "that migrated it, or restore a backup from before."
        )
    try:
        loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        raise CommandError(
            f"This database has a history that this version doesn't know: {str(error).rstrip('.')}. Start the version "
            "that migrated it, or restore a backup from before."
        ) from error


def _known(loader: MigrationLoader) -> set[Name]:
    """Those in the code, and those that one of them stands for."""
    replaced = {name for migration in loader.disk_migrations.values() for name in migration.replaces}
    return set(loader.disk_migrations) | replaced


def _named(names: list[Name]) -> str:
    first = ", ".join(f"{app}.{name}" for app, name in names[:NAMED])
    more = len(names) - NAMED
    return f"{first} and {counted(more, 'other')}" if more > 0 else first
