"""Figures for Prometheus: what this machine's processes measured, and what the database says.

Each process counts for itself, in files that all of them share (the client library's multiprocess mode), so that it
doesn't matter which one is asked. What is the same whoever looks is asked of the database at the moment.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Histogram

# The client library reads it when it is imported, which is why this module imports it late.
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


_making = threading.Lock()


@dataclass(frozen=True)
class Instruments:
    requests: Histogram
    calls: Histogram
    everything: CollectorRegistry


def is_on() -> bool:
    """Whether anybody can ask for figures; nothing is measured otherwise."""
    return bool(settings.METRICS_TOKEN or settings.METRICS_ADDRESS)


@contextmanager
def shared() -> Iterator[None]:
    """The processes started inside count together, in a new directory, unless the environment names one already."""
    if not is_on() or os.environ.get(DIRECTORY):
        yield
        return
    ours = os.getpid()
    os.environ[DIRECTORY] = directory = tempfile.mkdtemp(prefix="soulfra-metrics-")
    try:
        yield
    finally:
        if os.getpid() == ours:  # a fork of this process leaves it to the others
            shutil.rmtree(directory, ignore_errors=True)


def requests() -> Histogram:
    """Every request, by method, route and status."""
    return _made().requests


def calls() -> Histogram:
    """What others were asked: whom, what, and what came of it."""
    return _made().calls


def exposition() -> bytes:
    """All figures, in Prometheus's text format."""
    from prometheus_client import generate_latest

    return generate_latest(_made().everything)


def _made() -> Instruments:
    """This process's instruments. A cache alone would let each of the threads that come first make some."""
    with _making:
        return _instruments()


@cache
def _instruments() -> Instruments:
    from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics

    disable_created_metrics()  # series of their own, which files that processes share don't have
    own = CollectorRegistry()  # where processes share a directory, nothing is read from it
    return Instruments(
        Histogram("soulfra_request_seconds", "Requests.", ["method", "route", "status"], registry=own, buckets=SECONDS),
        Histogram("soulfra_call_seconds", "Calls out.", ["to", "operation", "outcome"], registry=own, buckets=SECONDS),
        _everything(own),
    )


def _everything(own: CollectorRegistry) -> CollectorRegistry:
    """Collects anew each time it is asked."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    from soulfra.watching.books import Books

    both = CollectorRegistry()
    both.register(MultiProcessCollector(None) if os.environ.get(DIRECTORY) else own)
    both.register(Books())
    return both
