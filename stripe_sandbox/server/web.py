"""A request to one of the sandbox's worlds, whatever it asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug import Request as PlainRequest

from stripe_sandbox.objects import ids
from stripe_sandbox.server.sandbox import Sandbox
from stripe_sandbox.server.worlds import Worlds
from stripe_sandbox.store import Cause, Database, Store
from stripe_sandbox.webhooks import attempts


class Request(PlainRequest):
    max_content_length = 2 * 1024 * 1024

    def __init__(self, environ: dict[str, Any], worlds: Worlds) -> None:
        """A request whose `sandbox` the handler sets, once it knows which world it is about."""
        super().__init__(environ)
        self.worlds = worlds
        self.sandbox: Sandbox = worlds.main

    @property
    def store(self) -> Store:
        return self.sandbox.store

    @contextmanager
    def writing(self, cause: Cause | None = None) -> Iterator[Database]:
        """A transaction for what this request does, whose events are sent off when it is done."""
        with self.store.writing(cause or Cause(ids.new("request"))) as db:
            yield db
        self.sandbox.worker.call()

    def wait_for_delivery(self, event_id: str) -> None:
        """Until the webhook was told once of what this request has done, or for some seconds."""
        if self.sandbox.worker.is_alive():
            attempts.wait_for_first_attempt(self.store, event_id)
