"""Stripe's own SDKs of other languages and of another year, really installed: only with `-m sdks`.

Each lives through the same shop's life (sdks/), told to speak the sandbox's version where it was made for another one.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stripe_sandbox.objects.shapes import API_VERSION
from stripe_sandbox.testing import SECRET, run_sandbox
from stripe_sandbox.tests.support.actors import Webhook, soon

pytestmark = pytest.mark.sdks
SCRIPTS = Path(__file__).parents[1] / "support" / "sdks"


def node(release: str, directory: Path) -> list[str]:
    """The command that runs the shop, with this release of stripe-node installed beside it."""
    subprocess.run(["npm", "init", "-y"], cwd=directory, check=True, capture_output=True)
    subprocess.run(["npm", "install", f"stripe@{release}"], cwd=directory, check=True, capture_output=True)
    (directory / "shop.cjs").write_text((SCRIPTS / "shop.cjs").read_text())
    return ["node", str(directory / "shop.cjs")]


def python(release: str, directory: Path) -> list[str]:
    subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
    own = str(directory / "bin" / "python")
    subprocess.run([own, "-m", "pip", "install", "-q", f"stripe=={release}"], check=True, capture_output=True)
    return [own, str(SCRIPTS / "shop.py")]


# The newest of the line that the sandbox speaks, and what was new a year before.
CASES = [
    pytest.param(node, "23", [], id="node-23"),
    pytest.param(node, "20.0.0", [API_VERSION], id="node-of-2025-11"),
    pytest.param(python, "14.0.1", [API_VERSION], id="python-of-2025-11"),
]


@pytest.mark.parametrize(("install", "release", "version"), CASES)
def test_a_shops_life(
    tmp_path: Path, webhook: Webhook, install: Callable[[str, Path], list[str]], release: str, version: list[str]
) -> None:
    command = install(release, tmp_path)
    with run_sandbox(tmp_path / "store.db", webhook_url=webhook.url) as running:
        found = said(*command, running.address, *version)
        event, signature = soon(lambda: [one for one in webhook.deliveries if b"session.completed" in one[0]])[0]
    assert found.pop("version").startswith(release)
    errors = {name: found.pop(name) for name in ("reused", "unknown", "key")}
    assert found == {
        "created": ["checkout.session", "open", True],
        "paid": ["paid", 4000, "A book"],
        "refunded": ["succeeded", 1500],
        "once": [True],
        "listed": [12, 12],
        "declined": "generic_decline",
        "event": ["checkout.session.completed", True],
    }
    assert {name: kind_of(error) for name, error in errors.items()} == {
        "reused": ("IdempotencyError", None, 400),
        "unknown": ("InvalidRequestError", "resource_missing", 404),
        "key": ("AuthenticationError", None, 401),
    }
    assert errors["unknown"]["message"] == "No such checkout.session: 'cs_test_nope'"
    verified = said(*command, "verify", event.decode(), signature, SECRET)
    assert (verified["type"], verified["forged"]) == ("checkout.session.completed", "StripeSignatureVerificationError")


def said(*command: str) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kind_of(error: dict[str, Any]) -> tuple[str, str | None, int]:
    assert error["isTyped"]
    return error["type"].removeprefix("Stripe"), error.get("code"), error["statusCode"]
