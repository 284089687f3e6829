"""The shop as docs/deploying.md sets it up on one machine: its settings, its units, and a sandbox in Stripe's place."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from devtools import processes
from devtools.trials.load import Address, ask
from devtools.trials.machine import HOST, NOBODY, Machine, bare_environment, expect, nobody, run, wait
from devtools.trials.units import Unit

SETTINGS = Path("/etc/soulfra/env")
# What the owner of a shop fills in. Nobody pays for real here, and the sandbox speaks plain HTTP to the shop.
FILLED_IN = {
    "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
    "EMAIL_URL": "consolemail://",
    "STRIPE_ENABLED": "false",
    "ALLOW_SANDBOX": "true",
    "STRIPE_SECRET_KEY": "sk_test_sandbox",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
    "SECURE_SSL_REDIRECT": "false",
    "WEB_WORKERS": "2",
    # A trial's few customers ask more than people do.
    "API_REQUESTS_PER_MINUTE": "100000",
    "API_BURST": "10000",
}
CUSTOMERS = """
from accounts import api_keys
from accounts.models import User
from soulfra.developer import simulate_token_purchase
for number in range({first}, {first} + {count}):
    user = User.objects.create_user(f"customer-{{number}}", f"customer-{{number}}@example.com", password=None)
    for _ in range({packs}):
        simulate_token_purchase(user.pk, "premium")
    print("KEY", user.pk, api_keys.issue(user, name="trial")[1])
"""


class Shop:
    """The release that /srv/soulfra/current names, with its units; its web server listens at `port`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)  # soulfra-web.socket
        self.port = int(self.listener.getsockname()[1])
        self.web = Unit(machine, "soulfra-web", listener=self.listener)
        self.worker = Unit(machine, "soulfra-worker")

    @property
    def current(self) -> Path:
        return self.machine.path("/srv/soulfra/current")

    def migrate(self) -> float:
        """`systemctl start soulfra-migrate`; how long it took."""
        return Unit(self.machine, "soulfra-migrate").run_once()

    def start(self) -> None:
        """`systemctl start soulfra-migrate soulfra-web soulfra-worker`."""
        self.migrate()
        self.web.start()
        self.wait_until_it_answers()
        self.worker.start()

    def stop(self) -> None:
        self.worker.stop()
        self.web.stop()

    def wait_until_it_answers(self) -> None:
        wait(partial(answers, self.port), seconds=60, what="the web server answers", log=self.web.log)

    def manage(self, *arguments: str) -> str:
        """What a management command prints, as the shop's user."""
        python = str(self.current / ".venv/bin/python")
        done = subprocess.run(
            [python, "manage.py", *arguments],
            cwd=self.current,
            env=bare_environment() | {"MEDIA_ROOT": str(self.machine.path("/var/lib/soulfra/media"))},
            capture_output=True,
            text=True,
            **nobody(),
        )
        expect(done.returncode == 0, f"{' '.join(arguments)[:80]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def customers(self, count: int, *, first: int = 1, packs: int = 20) -> dict[int, str]:
        """New customers with so many premium packs: user IDs and API keys."""
        return keys_in(self.manage("shell", "-c", CUSTOMERS.format(first=first, count=count, packs=packs)))


def keys_in(printed: str) -> dict[int, str]:
    """User IDs and API keys, as CUSTOMERS printed them."""
    return {int(user): key for user, key in re.findall(r"^KEY (\d+) (\S+)$", printed, re.MULTILINE)}


def answers(port: int) -> bool:
    try:
        return ask(Address(port), "GET", "/api/tokens/packages", {"X-Forwarded-Proto": "https"})[0] == 200
    except OSError:
        return False


def write_settings(shop: Shop, release: Path, database_url: str, **more: str) -> None:
    """What the docs tell: new_env writes /etc/soulfra/env, the owner fills it in, the release reads it as its .env."""
    file, port = shop.machine.path(str(SETTINGS)), shop.port
    store = shop.machine.path("/var/lib/sandbox/store.db")
    python = str(release / ".venv/bin/python")
    run([python, "manage.py", "new_env", "--production", "--host", HOST, "--output", str(file)], cwd=release)
    own = FILLED_IN | {
        "DATABASE_URL": database_url,
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
        "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{port}/api/tokens/webhook",
        "SANDBOX_STORE": str(store),
    }
    fill_in(file, **(own | more))
    if nobody():
        for place in (file, store.parent):
            os.chown(place, NOBODY, NOBODY)


def fill_in(file: Path, **values: str) -> None:
    """Set variables in a file of settings, each on the line where it stands, or on one more."""
    text = file.read_text()
    for name, value in values.items():
        line = re.compile(rf"^{name}=.*$", re.MULTILINE)
        text = line.sub(f"{name}={value}", text) if line.search(text) else f"{text}{name}={value}\n"
    file.write_text(text)


def make_ready(machine: Machine, release: Path) -> None:
    """The rest of what a release needs before it can serve: its settings, its static files, its place."""
    settings = release / ".env"
    if not settings.is_symlink():
        settings.symlink_to(machine.path(str(SETTINGS)))
    python = str(release / ".venv/bin/python")
    run([python, "manage.py", "collectstatic", "--no-input"], cwd=release, env=bare_environment())
    run([python, "-m", "compileall", "-q", ".", "-x", r"\.venv"], cwd=release)
    run(["chmod", "-R", "a+rX,go-w", str(release)])


@contextlib.contextmanager
def sandbox(shop: Shop) -> Iterator[None]:
    """The local Stripe, on a port that it records beside its store; it delivers to the first web server."""
    store = shop.machine.path("/var/lib/sandbox/store.db.address")
    python = str(shop.current / ".venv/bin/python")
    with open(shop.machine.log("sandbox"), "ab") as output:
        process = processes.start(
            [python, "manage.py", "stripe_sandbox", "serve"],
            cwd=shop.current,
            env=bare_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            **nobody(),
        )
    try:
        wait(store.exists, seconds=30, what="the sandbox listens")
        yield
    finally:
        processes.end(process)


@contextlib.contextmanager
def running(shop: Shop) -> Iterator[Shop]:
    """The shop with its sandbox, until the end."""
    with sandbox(shop):
        try:
            shop.start()
            yield shop
        finally:
            shop.stop()
