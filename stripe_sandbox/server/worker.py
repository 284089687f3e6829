"""The thread that delivers webhooks, and does what time brings. All its state is in the store, so a new process goes
on where a killed one stopped.
"""

import logging
import threading
import time

from stripe_sandbox.server import scheduled
from stripe_sandbox.store import Store
from stripe_sandbox.webhooks import attempts

log = logging.getLogger(__name__)

# Another process may have made the work, so look now and then even when nobody calls.
_LONGEST_NAP_SECONDS = 1.0


class Worker(threading.Thread):
    def __init__(self, store: Store) -> None:
        super().__init__(name="stripe-sandbox-webhooks", daemon=True)
        self._store = store
        self._called = threading.Event()
        self._is_stopped = False

    def call(self) -> None:
        """Something was recorded: look at once."""
        self._called.set()

    def stop(self) -> None:
        """End after the attempt that is being made."""
        self._is_stopped = True
        self.call()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        while not self._is_stopped:
            self._called.clear()
            try:
                self._work()
                nap = self._nap()
            except Exception:
                log.exception("The Stripe sandbox could not look after its webhooks; it tries again in a second.")
                nap = _LONGEST_NAP_SECONDS
            if not self._is_stopped:
                self._called.wait(nap)

    def _work(self) -> None:
        """Everything that is due now. A deleted store is not made again from here."""
        if not self._store.exists():
            return
        scheduled.catch_up(self._store)
        while not self._is_stopped and (delivery := attempts.claim(self._store)):
            attempts.attempt(self._store, delivery)

    def _nap(self) -> float:
        at = attempts.next_due(self._store) if self._store.exists() else None
        return _LONGEST_NAP_SECONDS if at is None else min(_LONGEST_NAP_SECONDS, max(0.0, at - time.time()))
