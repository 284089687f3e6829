"""A request to one sandbox, whatever it asks for."""

from typing import Any

from werkzeug import Request as PlainRequest

from stripe_sandbox.server.sandbox import Sandbox
from stripe_sandbox.store.store import Store


class Request(PlainRequest):
    max_content_length = 2 * 1024 * 1024

    def __init__(self, environ: dict[str, Any], sandbox: Sandbox) -> None:
        super().__init__(environ)
        self.sandbox = sandbox

    @property
    def store(self) -> Store:
        return self.sandbox.store
