"""The shop's settings with the reference views in place of its own doors, and the stock way to sign in."""

from soulfra.settings import *  # noqa: F403  this is the shop, with other doors
from soulfra.settings import INSTALLED_APPS as APPS_OF_THE_SHOP

INSTALLED_APPS = [*APPS_OF_THE_SHOP, "rest_framework.authtoken"]
ROOT_URLCONF = "benchmarks.references"
# So many callers that the default cache, of 300 entries, would forget most of them before they come again.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}},
}
