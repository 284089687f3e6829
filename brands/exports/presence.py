"""Whether the storage of exports is there: a share that isn't mounted is an empty directory, and has lost nothing."""

from __future__ import annotations

import logging

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from brands.errors import StorageAway
from brands.models import Export

log = logging.getLogger(__name__)

MARKER = "exports/storage.txt"
TEXT = b"This is the storage of the shop's exports: while this file is missing, the shop holds it for not mounted.\n"
LOOKED_FOR = 100


def require_storage() -> None:
    """Raises StorageAway. A storage that has any of the files it should have, or should have none, gets the marker."""
    if default_storage.exists(MARKER):
        return
    ready = Export.objects.filter(status=Export.Status.READY).order_by("-created_at")
    files = list(ready.values_list("file", flat=True)[:LOOKED_FOR])
    if files and not any(default_storage.exists(file) for file in files):
        log.error(
            "The storage of exports isn't there: MEDIA_ROOT has neither %s nor the last %s files. Mount it; "
            "if its files are lost for good, put an empty file there under that name.",
            MARKER,
            len(files),
        )
        raise StorageAway
    name = default_storage.save(MARKER, ContentFile(TEXT))
    if name != MARKER:  # another export was faster
        default_storage.delete(name)
