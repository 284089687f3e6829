"""A request to one of the sandbox's worlds, whatever it asks for."""

from typing import Any

from werkzeug import Request as PlainRequest

from stripe_sandbox.server.sandbox import Sandbox
from stripe_sandbox.server.worlds import Worlds
from stripe_sandbox.store.store import Store


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
