"""Style sheets, scripts and pictures, each named after its content: what is served is never written again.

A server that takes over adds its files to the same directory, where the one that ends still serves from.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

MANIFEST = "staticfiles.json"
# What the files in the directory were made of.
STAMP = "collected.txt"


class StaticFiles(WhiteNoiseMiddleware):
    """As WhiteNoise, which looks once at what there is: what was added since, by a newer server, is found too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        for name in (MANIFEST, STAMP):  # which are for the servers, and change
            self.files.pop(f"{self.static_prefix}{name}", None)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        url = request.path_info
        if not self.autorefresh and url.startswith(self.static_prefix) and url not in self.files:
            self._look_again(url)
        response: HttpResponseBase = super().__call__(request)
        return response

    def _look_again(self, url: str) -> None:
        name = url.removeprefix(self.static_prefix)
        path = os.path.normpath(os.path.join(settings.STATIC_ROOT, name))
        is_inside = path == os.path.join(settings.STATIC_ROOT, name) and "\0" not in name
        if is_inside and name not in (MANIFEST, STAMP) and os.path.isfile(path):
            self.add_file_to_dictionary(url, path)


def are_collected() -> bool:
    """Whether the directory has the files of this very code."""
    stamp = Path(settings.STATIC_ROOT, STAMP)
    return stamp.exists() and stamp.read_text() == _digest_of_sources()


def publish(collected: Path) -> None:
    """Move what is new into the directory that is served, and then the list of what counts now."""
    root = Path(settings.STATIC_ROOT)
    (collected / STAMP).write_text(_digest_of_sources())
    last = {collected / STAMP: 2, collected / MANIFEST: 1}
    for path in sorted(filter(Path.is_file, collected.rglob("*")), key=lambda path: last.get(path, 0)):
        target = root / path.relative_to(collected)
        if path in last or not target.exists():
            _make(target.parent)
            path.chmod(0o644)  # they are everybody's
            path.replace(target)


def read_names() -> None:
    """Have this process, and those it forks, call the files as they are called now: it may have looked before."""
    storage: Any = staticfiles_storage
    storage.hashed_files, storage.manifest_hash = storage.load_manifest()


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A directory on the same disk, to move files from."""
    root = Path(settings.STATIC_ROOT)
    _make(root)
    return tempfile.TemporaryDirectory(prefix=".collecting-", dir=root.parent)


def _make(directory: Path) -> None:
    if not directory.exists():
        _make(directory.parent)
        directory.mkdir(exist_ok=True)
        directory.chmod(0o755)


def _digest_of_sources() -> str:
    digest = hashlib.sha256(django.get_version().encode())
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            digest.update(f"\n{path}\n".encode())
            with storage.open(path) as file:
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()
