"""The back office's pages for people and their API keys."""

from soulfra.accounts.admin import api_key, user  # noqa: F401  importing registers the pages
