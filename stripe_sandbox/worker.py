"""The thread that delivers webhooks: one per process, started by the first request to the sandbox.

All its state is in the store, so a new process goes on where a killed one stopped.
"""

import logging
import threading
import time

from django.conf import settings

from stripe_sandbox import due, store, webhooks

log = logging.getLogger(__name__)

# Another process may have made the work, so look now and then even when nobody calls.
_LONGEST_NAP_SECONDS = 1.0


class _Worker(threading.Thread):
    """Works for the store it was started for; ends when a test puts another in place."""

    def __init__(self, path: str) -> None:
        super().__init__(name="stripe-sandbox-webhooks", daemon=True)
        self.path = path
        self.is_stopped = False

    def run(self) -> None:
        while _is_wanted(self):
            _called.clear()
            try:
                self._work()
                nap = _nap()
            except Exception:
                log.exception("The Stripe sandbox could not look after its webhooks; it tries again in a second.")
                nap = _LONGEST_NAP_SECONDS
            _called.wait(nap)

    def _work(self) -> None:
        """Everything that is due now. A deleted store is not made again from here."""
        if not store.exists():
            return
        due.catch_up()
        while not self.is_stopped and (delivery := webhooks.claim()):
            webhooks.attempt(delivery)


_changing = threading.Lock()
_called = threading.Event()
_worker: _Worker | None = None


def start() -> None:
    """Make sure the thread runs in this process (a fork has none of its parent's threads)."""
    global _worker
    with _changing:
        if _worker is None or not _worker.is_alive() or _worker.path != settings.SANDBOX_STORE:
            _worker = _Worker(settings.SANDBOX_STORE)
            _worker.start()


def call() -> None:
    """Something was recorded: look at once."""
    _called.set()


def stop() -> None:
    """End the thread after the attempt it is making; for tests."""
    global _worker
    with _changing:
        ending, _worker = _worker, None
    if ending is not None:
        ending.is_stopped = True
        call()
        ending.join()


def _is_wanted(worker: _Worker) -> bool:
    """Decided under the lock, so that `start` never counts on a thread that has just made up its mind to end."""
    global _worker
    with _changing:
        if worker.is_stopped or worker is not _worker or worker.path != settings.SANDBOX_STORE:
            _worker = None if worker is _worker else _worker
            return False
    return True


def _nap() -> float:
    at = webhooks.next_due() if store.exists() else None
    return _LONGEST_NAP_SECONDS if at is None else min(_LONGEST_NAP_SECONDS, max(0.0, at - time.time()))
