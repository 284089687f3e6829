"""A request to one of the sandbox's worlds, whatever it asks for."""

from typing import Any

from werkzeug import Request as PlainRequest

from stripe_sandbox.server.sandbox import Sandbox
from stripe_sandbox.server.worlds import Worlds
from stripe_sandbox.store.store import Store


class Request(PlainRequest):
    max_content_length = 2 * 1024 * 1024

    def __init__(self, environ: dict[str, Any], worlds: Worlds) -> None:
        """Whoever answers it finds out first which world it is about, and sets `sandbox`."""
        super().__init__(environ)
        self.worlds = worlds
        self.sandbox: Sandbox = worlds.main

    @property
    def store(self) -> Store:
        return self.sandbox.store
