"""CSV files for tests, and what tests do with them."""

from pathlib import Path

from brands.bulk_import import work
from brands.bulk_import.start import save_quote, start

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


def csv_of(*domains):
    return "\n".join(["domain", *domains]).encode()


def csv_with(number, stem="new"):
    return csv_of(*(f"{stem}{index}.com" for index in range(number)))


def sample(name):
    return (SAMPLES / name).read_bytes()


def queue(user, data, filename="domains.csv"):
    """Quote it and start it; the worker has not come yet."""
    return start(save_quote(user.pk, data, filename=filename))


def import_all(user, data, filename="domains.csv"):
    """Quote it, start it, and do the worker's part."""
    queued = queue(user, data, filename)
    while work.work_one():
        pass
    queued.refresh_from_db()
    return queued


def claim():
    """Begin as a worker does."""
    claimed = work._claim()
    assert claimed
    return claimed


def stage(claimed, *batches):
    """Go on as a worker does."""
    for batch in batches:
        work._stage(claimed, batch)
        claimed.staged += len(batch)


class Unread:
    """The body of a request that nobody may look at."""

    def read(self, *_):
        raise AssertionError("it was read")

    readline = read
