"""Webhook deliveries: signing, claiming one, making the attempt, and what follows from it.

A delivery is claimed in one transaction and settled in another, with the HTTP call between them, so no other thread
or process makes the same attempt. A claim whose process died is taken over when its lease ends.
"""

import hashlib
import hmac
import logging
import re
import time
from dataclasses import dataclass

import requests

from stripe_sandbox.objects import documents
from stripe_sandbox.store import Database, Store
from stripe_sandbox.webhooks import webhook_faults
from stripe_sandbox.webhooks.webhook_faults import Faults

log = logging.getLogger(__name__)

ATTEMPTS = webhook_faults.ATTEMPTS
_TIMEOUT_SECONDS = 10
_LEASE_SECONDS = 30
_KEPT_DETAIL = 500
_SHOWN_DETAIL = 200
# What shops answer to a signature that they cannot verify: 500 where nothing catches the SDK's exception.
_REFUSING = (400, 401, 403, 500)
_HINT = "does the shop verify with the signing secret that `serve` was given as --webhook-secret?"


@dataclass(frozen=True)
class Delivery:
    """An attempt that is ours to make; `number` counts from 1."""

    event_id: str
    number: int


@dataclass(frozen=True)
class Answer:
    """What the webhook said: an HTTP status, or None and the reason why there is none."""

    status: int | None
    detail: str

    @property
    def in_words(self) -> str:
        """One line: the status, the first line of text that came with it, and what it may mean."""
        text = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", "\n", self.detail, flags=re.DOTALL | re.IGNORECASE)
        first = next((line.strip() for line in text.splitlines() if line.strip()), "")
        shown = "".join(letter if letter.isprintable() else " " for letter in first[:_SHOWN_DETAIL])
        said = f"HTTP {self.status}{': ' if shown else ''}{shown}" if self.status else shown
        return said + (f" ({_HINT})" if self.status in _REFUSING else "")

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signed(store: Store, event_id: str) -> tuple[bytes, str]:
    """The exact body of an event's delivery, and a fresh `Stripe-Signature` header for it."""
    with store.reading() as db:
        event = documents.require(db, "event", event_id)
    body = documents.encode(event.body).encode()
    return body, signature(body, store.config.webhook_secret)


def signature(body: bytes, secret: str) -> str:
    """`t=...,v1=HMAC-SHA256(secret, "t.body")`, at the real time, as the receiver checks its age."""
    moment = str(int(time.time()))
    digest = hmac.new(secret.partition(",")[0].encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def claim(store: Store) -> Delivery | None:
    """The next attempt that is due, now ours; None when nothing is."""
    now = time.time()
    with store.writing() as db:
        row = db.execute(
            "UPDATE delivery SET state = 'sending', attempts = attempts + 1, lease_until = ? WHERE event_id = ("
            "  SELECT event_id FROM delivery WHERE (state = 'waiting' AND next_at <= ?)"
            "  OR (state = 'sending' AND lease_until <= ?) ORDER BY next_at, rowid LIMIT 1"
            ") RETURNING event_id, attempts",
            (now + _LEASE_SECONDS, now, now),
        ).fetchone()
    return Delivery(row["event_id"], row["attempts"]) if row else None


def attempt(store: Store, delivery: Delivery) -> None:
    """Send one delivery to its endpoint and record the answer; a failed one is scheduled again."""
    body, header = signed(store, delivery.event_id)
    started = time.time()
    answer = _post(store.config.webhook_url, body, header)
    _settle(store, delivery, answer, started=started)
    if not answer.is_accepted:
        log.warning("Webhook %s, attempt %s: %s", delivery.event_id, delivery.number, answer.in_words)


def next_due(store: Store) -> float | None:
    """When the earliest delivery must be looked at (real unix seconds), or None when none waits."""
    with store.reading() as db:
        row = db.execute(
            "SELECT min(CASE state WHEN 'waiting' THEN next_at ELSE lease_until END) AS at FROM delivery "
            "WHERE state IN ('waiting', 'sending')"
        ).fetchone()
    return row["at"] if row else None


def wait_for_first_attempt(store: Store, event_id: str, *, seconds: float = 5) -> None:
    """Since the event was sent off, or sent off again.

    Checkout holds its redirect until the webhook has been told once, so that the buyer lands on a settled page.
    """
    soon, give_up_at = time.time() + seconds, time.monotonic() + seconds
    while time.monotonic() < give_up_at and store.config.webhook_url:
        with store.reading() as db:
            coming = db.execute(
                "SELECT 1 FROM delivery WHERE event_id = ? AND next_at < ? "
                "AND (state = 'sending' OR (state = 'waiting' AND attempts = 0))",
                (event_id, soon),
            ).fetchone()
        if not coming:
            return
        time.sleep(0.02)


def _post(url: str, body: bytes, header: str) -> Answer:
    if not url:
        return Answer(None, "no webhook address is set")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": header,
        "User-Agent": "Stripe/1.0",
    }
    try:
        # A redirect is a failure, as Stripe has it; a proxy of the environment must not stand between.
        with requests.Session() as client:
            client.trust_env = False
            reply = client.post(url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
            return Answer(reply.status_code, reply.text[:_KEPT_DETAIL])
    except requests.Timeout:
        return Answer(None, f"no answer within {_TIMEOUT_SECONDS} seconds")
    except requests.ConnectionError:
        return Answer(None, f"nobody answers at {url}")
    except requests.RequestException as error:
        return Answer(None, str(error)[:_KEPT_DETAIL])


def _settle(store: Store, delivery: Delivery, answer: Answer, *, started: float) -> None:
    """Delivered, or again after 1, 2, 4, ... seconds, or given up. With that fault, what was delivered comes again."""
    now = time.time()
    with store.writing() as db:
        switches = webhook_faults.current(db)
        state, wait = _next(delivery, answer, switches, is_first=_is_first_success(db, delivery))
        db.execute(
            "UPDATE delivery SET state = ?, next_at = ?, lease_until = NULL, delivered_at = coalesce(delivered_at, ?) "
            "WHERE event_id = ? AND state = 'sending' AND attempts = ?",
            (state, now + wait, now if answer.is_accepted else None, delivery.event_id, delivery.number),
        )
        db.execute(
            "INSERT INTO attempt (event_id, at, took_ms, status, detail) VALUES (?, ?, ?, ?, ?)",
            (delivery.event_id, started, int((now - started) * 1000), answer.status, answer.detail),
        )


def _next(delivery: Delivery, answer: Answer, switches: Faults, *, is_first: bool) -> tuple[str, float]:
    """The delivery's new state, and how many seconds the next attempt waits."""
    if answer.is_accepted and is_first and switches.duplicate:
        return "waiting", switches.disorder_seconds
    if answer.is_accepted:
        return "delivered", 0
    if delivery.number >= switches.give_up_after:
        return "given_up", 0
    return "waiting", 2 ** (delivery.number - 1)


def _is_first_success(db: Database, delivery: Delivery) -> bool:
    query = "SELECT 1 FROM delivery WHERE event_id = ? AND delivered_at IS NULL"
    return db.execute(query, (delivery.event_id,)).fetchone() is not None
