"""Where everything is kept: one SQLite file, its tables, and the sandbox's clock."""

from stripe_sandbox.store.store import TIME, Cause, Database, Store

__all__ = ["TIME", "Cause", "Database", "Store"]
