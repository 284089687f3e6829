"""Exports in a bucket: a real S3 client against a local server that speaks S3's API."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from brands.exports import export
from brands.exports.presence import MARKER
from brands.models import Export
from soulfra import storages

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(settings, monkeypatch):
    """The shop's files are in the folder `shop` of a new bucket."""
    for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    default = storages.configured("s3://files/shop/", endpoint=address)
    settings.STORAGES = {**settings.STORAGES, "default": default}
    s3: Any = default_storage
    yield s3.connection.create_bucket(Bucket="files")
    server.stop()


def keys(bucket):
    return [each.key for each in bucket.objects.all()]


def test_an_export_is_stored_in_the_bucket_read_from_it_lost_and_deleted(bucket, rich, api, storage):
    client = api(rich)
    answer = client.post("/api/domains/export", {"format": "json"})
    content = answer.getvalue()
    assert (answer.status_code, len(json.loads(content))) == (200, 3)
    row = Export.objects.get()
    assert keys(bucket) == [f"shop/{row.file.name}", f"shop/{MARKER}"]
    assert list(storage.iterdir()) == []
    again = client.get(f"/api/domains/exports/{row.pk}")
    assert again.getvalue() == content

    bucket.delete_objects(Delete={"Objects": [{"Key": f"shop/{row.file.name}"}]})
    assert client.get(f"/api/domains/exports/{row.pk}").status_code == 410

    other = client.post("/api/domains/export", {"format": "csv"})
    assert other.getvalue().count(b"\n") == 4
    Export.objects.update(expires_at="2026-01-01T00:00Z")
    assert export.delete_old() == 2
    assert keys(bucket) == [f"shop/{MARKER}"]
    assert not default_storage.exists("exports")


@pytest.mark.parametrize("place", ["gs://bucket", "s3://", "s3:///folder", "https://bucket.example.com"])
def test_a_place_that_is_none_is_refused_in_a_sentence(place):
    with pytest.raises(ImproperlyConfigured, match=r"set a path, or s3://bucket/folder"):
        storages.configured(place, endpoint="")


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements-s3\.txt"):
        storages.configured("s3://files", endpoint="")
