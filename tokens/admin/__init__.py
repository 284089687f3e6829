"""The back office's view of this app: money is looked at here, never edited."""

from tokens.admin import catalog, mail, money, stripe

__all__ = ["catalog", "mail", "money", "stripe"]
