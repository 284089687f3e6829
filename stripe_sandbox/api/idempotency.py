"""Idempotency keys: the first answer to a key is kept for 24 hours and given again.

A key is claimed before the work and answered in the work's own transaction, so a crash can neither lose the answer of
work that was done nor keep an answer of work that was not. Refused requests (status 400 to 409) free their key.
"""

import hashlib
import time
from dataclasses import dataclass

from stripe_sandbox.errors import StripeError
from stripe_sandbox.store import Database, Store

_KEPT_SECONDS = 24 * 3600
# A claim older than this belongs to a process that died: no request takes nearly as long.
_CLAIM_SECONDS = 30
_LONGEST_KEY = 255


@dataclass(frozen=True)
class FirstAnswer:
    status: int
    body: str


def claim(store: Store, key: str, *, path: str, parameters: str) -> FirstAnswer | None:
    """None when the key is now ours to answer (or free); the kept answer when this is a repetition."""
    if len(key) > _LONGEST_KEY:
        raise StripeError(f"Idempotency keys can be at most {_LONGEST_KEY} characters long.", type="idempotency_error")
    fingerprint = hashlib.sha256(parameters.encode()).hexdigest()
    now = time.time()
    with store.writing() as db:
        db.execute("DELETE FROM idempotency WHERE claimed_at < ?", (now - _KEPT_SECONDS,))
        db.execute(
            "DELETE FROM idempotency WHERE key = ? AND status IS NULL AND claimed_at < ?", (key, now - _CLAIM_SECONDS)
        )
        kept = db.execute("SELECT * FROM idempotency WHERE key = ?", (key,)).fetchone()
        if kept is None:
            db.execute(
                "INSERT INTO idempotency (key, path, fingerprint, claimed_at) VALUES (?, ?, ?, ?)",
                (key, path, fingerprint, now),
            )
            return None
    if kept["path"] != path:
        raise _reused(key, f"for the same endpoint they were first used for ('{kept['path']}')")
    if kept["fingerprint"] != fingerprint:
        raise _reused(key, "with the same parameters they were first used with")
    if kept["status"] is None:
        raise StripeError(
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            "submitted"
            f"twice, and the other request is still going through): {key}. Please try again later.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
        )
    return FirstAnswer(kept["status"], kept["body"])


def answer(db: Database, key: str, *, status: int, body: str) -> None:
    """Keep the answer, in the transaction that did the work."""
    db.execute("UPDATE idempotency SET status = ?, body = ? WHERE key = ?", (status, body, key))


def free(store: Store, key: str) -> None:
    """Forget an idempotency key, so that the next call with it runs."""
    with store.writing() as db:
        db.execute("DELETE FROM idempotency WHERE key = ? AND status IS NULL", (key,))


def _reused(key: str, how: str) -> StripeError:
    return StripeError(
        f"Keys for idempotent requests can only be used {how}. Try using a key other than '{key}' if you meant to "
        "execute a different request.",
        type="idempotency_error",
    )
