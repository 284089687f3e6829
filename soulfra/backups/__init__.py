"""Backups: making one of SQLite, restoring any into a scratch database, and saying how far what it holds is good."""
