"""Static files are collected once, and what is served is never written again."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import CommandError, call_command
from django.http import HttpResponse

from soulfra.serving import static_files

storage: Any = staticfiles_storage


@pytest.fixture
def root(tmp_path, settings):
    """A shop with one style sheet of its own, collected."""
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    source = tmp_path / "source"
    source.mkdir()
    (source / "shop.css").write_text("body { color: black }" * 100)
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "static"
    named = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": named}
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    collect()
    return settings.STATIC_ROOT


@pytest.fixture(autouse=True)
def fresh_finders():
    remembered: Any = get_finder
    remembered.cache_clear()
    yield
    remembered.cache_clear()


def collect():
    call_command("collectstatic", interactive=False, verbosity=0)


def names(root):
    return {path.name: path.stat().st_ino for path in root.rglob("*.css*")}


def change(root, text):
    (root.parent / "source" / "shop.css").write_text(text)


def test_a_second_time_writes_nothing(root):
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    collect()
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
    assert len(names(root)) == 2  # the file by its hash, and compressed


def test_a_change_adds_a_file_and_leaves_the_one_that_is_served(root):
    before = names(root)
    change(root, "body { color: red }" * 100)
    collect()
    after = names(root)
    assert before.items() < after.items()
    assert len(after) == 4
    manifest = json.loads((root / "staticfiles.json").read_text())
    assert manifest["paths"]["shop.css"] in after.keys() - before.keys()


@pytest.mark.parametrize("by", ["this process", "another process"])
def test_a_process_that_looked_before_calls_them_as_they_are_called_now(root, by):
    old = storage.url("shop.css")
    change(root, "body { color: red }" * 100)
    collect()
    new = f"/static/{json.loads((root / 'staticfiles.json').read_text())['paths']['shop.css']}"
    if by == "another process":
        storage.hashed_files = {"shop.css": old.removeprefix("/static/")}
        collect()
    assert storage.url("shop.css") == new != old


def test_everybody_may_read_what_whoever_collected_has_written(root):
    assert {path.stat().st_mode & 0o777 for path in root.rglob("*") if path.is_file()} == {0o644}


def test_a_server_finds_what_a_newer_one_has_added_and_nothing_beside(root, rf):
    server = static_files.StaticFiles(lambda request: HttpResponse(status=404))
    assert server(rf.get("/static/shop.000000000000.css")).status_code == 404
    change(root, "body { color: red }" * 100)
    collect()
    new = json.loads((root / "staticfiles.json").read_text())["paths"]["shop.css"]
    answer: Any = server(rf.get(f"/static/{new}"))
    assert (answer.status_code, answer.getvalue()) == (200, b"body { color: red }" * 100)
    for close in answer._resource_closers:  # `close` itself would say that a request has ended
        close()
    (root.parent / "secret.css").write_text("secret")
    for path in ("../secret.css", "%2e%2e/secret.css", "staticfiles.json", "collected.txt", "a\0b", ""):
        assert server(rf.get(f"/static/{path}")).status_code == 404


def test_a_directory_that_cannot_be_written_is_refused_in_a_sentence(root, settings):
    change(root, "body { color: red }")
    settings.STATIC_ROOT = Path("/proc/static")
    with pytest.raises(CommandError, match=r"run `manage.py collectstatic` once where they can be"):
        collect()


def test_what_is_collected_already_may_be_read_only(root, monkeypatch):
    monkeypatch.setattr(static_files, "scratch", lambda: pytest.fail("written"))
    collect()
