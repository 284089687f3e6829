"""The back office's view of this app: money is looked at here, and moved by named verbs, never edited."""

from tokens.admin import books, catalog, dispute, grant, mail, purchase, refund, staff, stripe, top_up, totals, usage

__all__ = [
    "books",
    "catalog",
    "dispute",
    "grant",
    "mail",
    "purchase",
    "refund",
    "staff",
    "stripe",
    "top_up",
    "totals",
    "usage",
]
