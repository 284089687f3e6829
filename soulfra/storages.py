"""Where files are stored: in a directory, or in a bucket of S3 or of whatever speaks its API."""

import importlib.util
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def configured(place: str, *, endpoint: str) -> dict[str, Any]:
    """Django's storage for MEDIA_ROOT, a path or s3://bucket/folder. Raises ImproperlyConfigured."""
    if "://" not in place:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {}}
    address = urlsplit(place)
    if address.scheme != "s3" or not address.netloc:
        raise ImproperlyConfigured(f"MEDIA_ROOT is {place!r}: set a path, or s3://bucket/folder.")
    if importlib.util.find_spec("storages") is None or importlib.util.find_spec("boto3") is None:
        raise ImproperlyConfigured(
            "MEDIA_ROOT leads to S3, whose packages are missing: install them with "
            "`.venv/bin/python -m pip install -r requirements-s3.txt`."
        )
    options = {
        "bucket_name": address.netloc,
        "location": address.path.strip("/"),
        "endpoint_url": endpoint or None,
        "file_overwrite": False,
        "default_acl": None,  # private, as the bucket says
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
