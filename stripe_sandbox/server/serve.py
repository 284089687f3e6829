"""`python -m stripe_sandbox serve`: the sandbox as a process of its own, and where others find it.

It writes its address beside its store, so that a shop and the command line find it whatever port it was given.
"""

import argparse
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.config import Config
from stripe_sandbox.server import guard
from stripe_sandbox.server.application import Application
from stripe_sandbox.server.http_server import Server
from stripe_sandbox.server.worlds import Worlds

_LOOPBACK = "127.0.0.1"


class CannotServe(Exception):
    """The message is one sentence that says what to do."""


def add_options(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """The webhook's secret is better given by STRIPE_WEBHOOK_SECRET: every user of a machine sees its command lines."""
    port = environment.get("SANDBOX_PORT") or None
    url, secret = environment.get("SANDBOX_WEBHOOK_URL", ""), environment.get("STRIPE_WEBHOOK_SECRET", "")
    public = environment.get("SANDBOX_PUBLIC_URL", "")
    parser.add_argument("--store", metavar="FILE", default=argparse.SUPPRESS, help="its file")
    parser.add_argument("--port", type=int, metavar="N", default=port, help="(default: the last one, or a free one)")
    parser.add_argument("--webhook-url", metavar="URL", default=url, help="where events go (SANDBOX_WEBHOOK_URL)")
    parser.add_argument("--webhook-secret", metavar="SECRET", default=secret, help="(STRIPE_WEBHOOK_SECRET)")
    parser.add_argument("--public-url", metavar="URL", default=public, help="how buyers reach it (SANDBOX_PUBLIC_URL)")
    parser.add_argument("--bind", metavar="ADDRESS", default=_LOOPBACK, help="answer other machines, as in a container")
    parser.add_argument("--ready-fd", type=int, help="write a byte to this file descriptor when it listens")


def serve(options: dict[str, Any]) -> None:
    """Serve the sandbox until a signal ends it."""
    guard.refuse_beside_live_key()
    config = _config(options)
    with running(config, host=options["bind"], port=options["port"]) as server:
        _record(config)
        print(f"The Stripe sandbox answers at {config.address}; its operator page: {config.address}/.", flush=True)
        if options["ready_fd"] is not None:
            os.write(options["ready_fd"], b".")
            os.close(options["ready_fd"])
        _wait_for_signal()
        del server


@contextlib.contextmanager
def running(config: Config, *, host: str = _LOOPBACK, port: int | None = None) -> Iterator[Worlds]:
    """A sandbox that answers, in threads of this process. Without a port, the one it had last if that is free."""
    worlds = Worlds(config)
    server = _server(Application(worlds), host=host, port=port, last=recorded_address(config.store))
    config.address = server.address
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    worlds.start()
    thread.start()
    try:
        yield worlds
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        worlds.stop()


def recorded_address(store: str | Path) -> str:
    """Where the sandbox of this store said that it answers; "" if none ever did."""
    try:
        return _record_of(store).read_text().strip()
    except OSError:
        return ""


def _record(config: Config) -> None:
    """Never half-written: somebody may be reading."""
    record = _record_of(config.store)
    draft = record.with_name(f"{record.name}.{os.getpid()}")
    try:
        draft.write_text(config.address + "\n")
        draft.replace(record)
    except OSError as error:
        refusal = f"{record} can't be written ({error.strerror}): name another store by SANDBOX_STORE or --store."
        raise CannotServe(refusal) from error


def _record_of(store: str | Path) -> Path:
    return Path(f"{store}.address")


def _config(options: dict[str, Any]) -> Config:
    for name in ("webhook_url", "public_url"):
        if options[name] and urlsplit(options[name]).scheme not in ("http", "https"):
            raise CannotServe(f"--{name.replace('_', '-')} is no address: it begins with http:// or https://.")
    if options["webhook_url"] and not options["webhook_secret"]:
        raise CannotServe(
            "Events could not be signed: name the --webhook-secret (or set STRIPE_WEBHOOK_SECRET), any text that the "
            "shop knows too and that begins with whsec_."
        )
    return Config(
        store=options["store"],
        webhook_url=options["webhook_url"],
        webhook_secret=options["webhook_secret"],
        public_url=options["public_url"].rstrip("/"),
        is_open=options["bind"] not in (_LOOPBACK, "::1", "localhost"),
    )


def _server(application: Application, *, host: str, port: int | None, last: str) -> Server:
    if port is None and last:
        with contextlib.suppress(OSError, ValueError):
            return Server(application, host=host, port=urlsplit(last).port or 0)
    try:
        return Server(application, host=host, port=port or 0)
    except OSError as error:
        raise CannotServe(f"Port {port} cannot be had ({error.strerror}): choose another with --port.") from error
    except OverflowError as error:
        raise CannotServe(f"{port} is no port: choose one from 1 to 65535.") from error


def _wait_for_signal() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: ended.set())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ended.wait()
