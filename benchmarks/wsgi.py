"""What the reference views are served from: `benchmarks.wsgi:application`, without any middleware."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()
settings.MIDDLEWARE = []  # not in the settings: allauth insists on its own while it is set up
application = WSGIHandler()
