"""`python -m stripe_sandbox serve`, as a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
import requests
import stripe

from stripe_sandbox.server import serve
from stripe_sandbox.tests.conftest import sdk
from stripe_sandbox.tests.support.actors import Webhook, order, soon

ROOT = Path(__file__).parents[3]
sdk_at: Any = contextlib.contextmanager(sdk)
NAMES = ("SANDBOX_STORE", "SANDBOX_PORT", "SANDBOX_WEBHOOK_URL", "SANDBOX_PUBLIC_URL", "STRIPE_WEBHOOK_SECRET")


def command(*words: str | Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "stripe_sandbox", *map(str, words)]
    return subprocess.run(line, cwd=ROOT, env=environment(**changes), capture_output=True, text=True, timeout=60)


def environment(**changes: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in NAMES}, **changes}


@contextlib.contextmanager
def served(store: Path, *words: str, log: IO[str] | None = None) -> Iterator[tuple[str, Any]]:
    """Its address, and the process."""
    line = [sys.executable, "-m", "stripe_sandbox", "serve", "--store", str(store), *words]
    with subprocess.Popen(line, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            assert process.stdout
            said = process.stdout.readline()
            assert said.startswith("The Stripe sandbox answers at http://127.0.0.1:")
            yield said.split()[5].rstrip(";"), process
        finally:
            process.kill()


def test_a_purchase_and_a_refund_from_two_processes(tmp_path: Path, webhook: Webhook) -> None:
    store = tmp_path / "s.db"
    with (
        served(store, "--webhook-url", webhook.url, "--webhook-secret", "whsec_x") as (address, process),
        sdk_at(address) as client,
    ):
        session = client.v1.checkout.sessions.create(params=order())
        assert session.url == f"{address}/c/pay/{session.id}"

        paid = command("--store", store, "pay", session.id)
        intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
        assert paid.stdout == f"Paid {session.id} $40.00 with card 4242: complete/paid.\n{intent}\n"
        assert command("--store", store, "refund", intent, "--amount", "1500").stdout.startswith(
            "Refunded $15.00 of pi_"
        )
        soon(lambda: len(webhook.deliveries) >= 6)
        for body, header in webhook.deliveries:
            stripe.Webhook.construct_event(body, header, "whsec_x")

        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    refused = command("--store", store, "events")
    assert (refused.returncode, refused.stderr) == (1, f"Nothing answers at {address}: start the sandbox there.\n")


def test_a_shop_that_refuses_a_delivery_is_named_in_the_log(tmp_path: Path, webhook: Webhook) -> None:
    webhook.statuses[:], webhook.body = [400], b"No signatures found matching the expected signature"
    words = ("--webhook-url", webhook.url, "--webhook-secret", "whsec_x")
    with (
        (tmp_path / "log").open("w+") as log,
        served(tmp_path / "s.db", *words, log=log) as (address, _),
        sdk_at(address) as client,
    ):
        client.v1.customers.create(params={})
        line = soon(lambda: (tmp_path / "log").read_text())
    assert "attempt 1: HTTP 400: No signatures found matching the expected signature (does the shop verify" in line
    assert "whsec_x" not in line


def test_started_again_it_has_the_port_and_everything_it_had(tmp_path: Path) -> None:
    with served(tmp_path / "s.db") as (first, _), sdk_at(first) as client:
        made = client.v1.customers.create(params={}).id
    with served(tmp_path / "s.db") as (second, _), sdk_at(second) as client:
        assert second == first == serve.recorded_address(tmp_path / "s.db")
        assert client.v1.customers.retrieve(made).id == made


def test_two_side_by_side_never_meet(tmp_path: Path) -> None:
    with served(tmp_path / "1.db") as (one, _), served(tmp_path / "2.db") as (two, _):
        assert one != two
        with sdk_at(one) as client:
            client.v1.customers.create(params={})
        assert command("--store", tmp_path / "2.db", "events").stdout == "No events yet.\n"
        assert "customer.created" in command("--store", tmp_path / "1.db", "events").stdout


def test_a_port_that_was_taken_meanwhile_gives_way_to_a_free_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (tmp_path / "s.db.address").write_text(f"http://127.0.0.1:{taken.getsockname()[1]}\n")
        with served(tmp_path / "s.db") as (address, _):
            assert requests.get(address, timeout=20).status_code == 200
            assert serve.recorded_address(tmp_path / "s.db") == address


def test_what_cannot_be_served_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for words, sentence in (
            (["--port", port], f"Port {port} cannot be had (Address already in use): choose another with --port.\n"),
            (["--port", "99999"], "99999 is no port: choose one from 1 to 65535.\n"),
            (
                ["--webhook-url", "localhost:5000/hook"],
                "--webhook-url is no address: it begins with http:// or https://.\n",
            ),
            (["--webhook-url", "http://localhost/hook"], "Events could not be signed: name the --webhook-secret "),
            (["--public-url", "shop.example"], "--public-url is no address: it begins with http:// or https://.\n"),
            (
                ["--store", tmp_path / "none/s.db"],
                f"{tmp_path}/none/s.db.address can't be written (No such file or directory): name another store by ",
            ),
        ):
            result = command("serve", "--store", tmp_path / "s.db", *words)
            assert (result.returncode, result.stdout) == (1, "")
            assert result.stderr.startswith(sentence)
            assert result.stderr.count("\n") == 1
    assert not (tmp_path / "s.db.address").exists()


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "OTHER"])
def test_beside_a_live_key_it_does_not_start(tmp_path: Path, name: str) -> None:
    result = command("serve", "--store", tmp_path / "s.db", **{name: "sk_live_x"})
    assert (result.returncode, result.stderr) == (
        1,
        f"{name} is a live Stripe key: the local Stripe sandbox does not run beside it.\n",
    )


def test_a_verb_without_a_sandbox_says_how_to_start_one(tmp_path: Path) -> None:
    result = command("--store", tmp_path / "s.db", "events")
    assert result.returncode == 1
    assert result.stderr == (
        f"No sandbox has been started on {tmp_path}/s.db: go to the directory where `serve` was started, start one "
        "with `python -m stripe_sandbox serve`, or name its --address.\n"
    )


def test_pages_are_named_as_buyers_reach_them(tmp_path: Path) -> None:
    with (
        served(tmp_path / "s.db", "--public-url", "https://pay.example.com/") as (address, _),
        sdk_at(address) as client,
    ):
        session = client.v1.checkout.sessions.create(params=order())
        assert session.url == f"https://pay.example.com/c/pay/{session.id}"
        through = {"Host": "pay.example.com", "X-Forwarded-For": "203.0.113.7"}
        assert requests.get(f"{address}/c/pay/{session.id}", headers=through, timeout=20).status_code == 200
        assert requests.get(f"{address}/stripe-sandbox/", headers=through, timeout=20).status_code == 403
