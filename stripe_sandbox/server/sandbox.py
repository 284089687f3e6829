"""One world of Stripe's: what it was told, what it keeps, and the thread that works for it."""

from pathlib import Path

from stripe_sandbox.config import Config
from stripe_sandbox.server.worker import Worker
from stripe_sandbox.store import Store


class Sandbox:
    def __init__(self, config: Config, path: Path | None = None) -> None:
        self.config = config
        self.store = Store(config, path)
        self.worker = Worker(self.store)

    def start(self) -> None:
        self.worker.start()

    def stop(self) -> None:
        """End the thread and let go of the file."""
        self.worker.stop()
        self.store.close_idle()
