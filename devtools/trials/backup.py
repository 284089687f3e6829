"""A shop is backed up while it sells, loses its database and is restored: what was paid since comes back.

After the dump more customers pay. Stripe knows of those payments and the dump doesn't; `reconcile --adopt` makes them
purchases again, once. A drill has said before until when the backup is good.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from devtools.trials import machine, postgres, shop
from devtools.trials.load import JSON, Address, ask
from devtools.trials.machine import Machine, expect, wait

BEFORE, AFTER = 6, 15  # payments before and after the dump


def run() -> dict[str, str]:
    with machine.machine() as there, postgres.primary(there) as database:
        release = machine.install_release(there, "this")
        machine.serve_release(there, release)
        served = shop.Shop(there)
        shop.write_settings(served, release, database.url(), STRIPE_REQUESTS_PER_MINUTE="1000")
        shop.make_ready(there, release)
        with shop.running(served):
            key = next(iter(served.customers(1, packs=1).values()))
            _buy(served, key, BEFORE)
            dump, seconds = _dump(there, database)
            _buy(served, key, AFTER)
            balance = _balance(served, key)
        with shop.sandbox(served):
            drilled = _drill(served, dump)
            restored = _restore(served, dump, database)
        with shop.running(served):
            expect(_balance(served, key) == balance, f"the balance was {balance} and is {_balance(served, key)}.")
        return {
            "pg_dump while the shop sells": f"{seconds:.1f} s, {dump.stat().st_size / 1e3:.0f} kB",
            **drilled,
            **restored,
            "the customer's balance before and after": f"{balance}, {balance}",
            "the ledger": served.manage("check_ledger").strip(),
        }


def _buy(served: shop.Shop, key: str, count: int) -> None:
    signed = {"Authorization": f"Bearer {key}", **JSON}
    address, before = Address(served.port), _balance(served, key)
    for _ in range(count):
        status, _, said = ask(address, "POST", "/api/tokens/purchase", signed, b'{"package": "starter"}')
        expect(status == 200, f"a purchase is answered with {status}: {said[:200]!r}")
        served.manage("stripe_sandbox", "pay", json.loads(said)["session_id"])
    wanted = before + 100 * count
    wait(lambda: _balance(served, key) == wanted, seconds=30, what="every payment is credited")


def _balance(served: shop.Shop, key: str) -> int:
    signed = {"Authorization": f"Bearer {key}"}
    return int(json.loads(ask(Address(served.port), "GET", "/api/tokens/balance", signed)[2])["balance"])


def _dump(there: Machine, database: postgres.Server) -> tuple[Path, float]:
    """What soulfra-backup.service does, at this server's address."""
    file, began = there.path("/var/backups/soulfra/soulfra.dump"), time.monotonic()
    database.dump(file)
    return file, time.monotonic() - began


def _drill(served: shop.Shop, dump: Path) -> dict[str, str]:
    began = time.monotonic()
    said = served.manage("restore_drill", str(dump))
    good = re.search(r"Good until .*", said)
    expect(good, f"the drill does not say until when the backup is good: {said[-500:]}")
    return {"the drill": f"{time.monotonic() - began:.1f} s; {good[0] if good else ''}"}


def _restore(served: shop.Shop, dump: Path, database: postgres.Server) -> dict[str, str]:
    """docs/backup.md, step by step: the old database is kept, the dump restored, and Stripe asked for the rest."""
    began = time.monotonic()
    database.execute("ALTER DATABASE soulfra RENAME TO damaged", database="postgres")
    database.execute("CREATE DATABASE soulfra OWNER soulfra", database="postgres")
    database.restore(dump)
    served.migrate()
    served.manage("check_restored")
    adopted = [served.manage("reconcile", "--adopt") for _ in range(2)]
    served.manage("sync_memberships")
    took = time.monotonic() - began
    count = database.execute("SELECT count(*) FROM purchases WHERE status = 'completed' AND adopted_at IS NOT NULL")[0][
        0
    ]
    expect(count == AFTER, f"{count} of {AFTER} payments were adopted: {adopted[0][-800:]}")
    return {
        "from the empty database to the shop": f"{took:.1f} s",
        "payments that the dump lacked, adopted": f"{count} of {AFTER}, each once",
    }
