"""Where everything is kept: one SQLite file, its tables, and the sandbox's clock."""
