"""The tables of the store. Every change is an addition, so that an older file is brought up to date in place."""

VERSION = 1
# The setting that says whose world it is. Only this outlives a reset.
OWNER = "owner"
TABLES = ("document", "delivery", "attempt", "idempotency", "setting")

SCHEMA = (
    # Stripe's objects: `body` is what the API shows, `private` what only the sandbox knows. `due_at` is when the
    # sandbox's clock must act on one of them by itself (see server/scheduled.py).
    """CREATE TABLE IF NOT EXISTS document (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        created INTEGER NOT NULL,
        due_at INTEGER,
        body TEXT NOT NULL,
        private TEXT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS document_kind ON document (kind, seq)",
    "CREATE INDEX IF NOT EXISTS document_due ON document (due_at) WHERE due_at IS NOT NULL",
    # One row per event that goes to the webhook: waiting -> sending -> delivered | waiting | given_up. Times are real
    # ones, because the receiver compares the signature's time with its own clock.
    """CREATE TABLE IF NOT EXISTS delivery (
        event_id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at REAL NOT NULL,
        lease_until REAL,
        delivered_at REAL
    )""",
    "CREATE INDEX IF NOT EXISTS delivery_state ON delivery (state, next_at)",
    """CREATE TABLE IF NOT EXISTS attempt (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL,
        at REAL NOT NULL,
        took_ms INTEGER NOT NULL,
        status INTEGER,
        detail TEXT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS attempt_event ON attempt (event_id)",
    # `status` and `body` stay empty while the first request is under way.
    """CREATE TABLE IF NOT EXISTS idempotency (
        key TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        claimed_at REAL NOT NULL,
        status INTEGER,
        body TEXT
    )""",
    "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
