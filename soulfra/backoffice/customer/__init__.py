"""The back office's pages about customers: their account, their figures and rows, what staff may do, their API keys."""

from soulfra.backoffice.customer import api_key, user  # noqa: F401  importing registers the pages
