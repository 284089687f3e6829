"""Prometheus of Debian with the files that are shipped; only places, pauses and the token are others."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

from devtools import processes
from devtools.trials.load import Address, ask
from devtools.trials.machine import Machine, expect, free_port, need, wait
from devtools.venv import ROOT

SHIPPED = ROOT / "deploy/prometheus"
TARGETS = 2  # the web server and the worker
PAUSE = 5  # between two looks, and for how long an alarm must be so before it fires: a trial has no hours


class Prometheus:
    def __init__(self, port: int) -> None:
        self.address = Address(port)

    def found(self, what: str, key: str) -> list[Any]:
        return list(json.loads(ask(self.address, "GET", f"/api/v1/{what}")[2])["data"][key])

    def answers(self) -> bool:
        """Whether it has scraped every target."""
        try:
            targets = self.found("targets", "activeTargets")
        except (OSError, ValueError):  # it begins
            return False
        return len(targets) == TARGETS and all(each["health"] == "up" for each in targets)

    def alarms(self) -> set[str]:
        """Those that fire."""
        return {each["labels"]["alertname"] for each in self.found("alerts", "alerts") if each["state"] == "firing"}

    def fires(self, alarm: str, *, seconds: float) -> str:
        """How long it takes until this alarm fires. Raises TrialFailed."""
        took = wait(lambda: alarm in self.alarms(), seconds=seconds, what=f"{alarm} fires")
        return f"{alarm} fires after {took:.0f} s more"

    def is_over(self, alarm: str, *, seconds: float = 60) -> None:
        wait(lambda: alarm not in self.alarms(), seconds=seconds, what=f"{alarm} is over")

    def expect_silence(self) -> None:
        alarms = self.alarms()
        expect(not alarms, f"a healthy shop has alarms: {', '.join(sorted(alarms))}.")


@contextlib.contextmanager
def prometheus(machine: Machine, *, web: int, worker: int, token: str) -> Iterator[Prometheus]:
    """It scrapes the web server and the worker at these ports."""
    home, port = machine.path("/etc/prometheus/x").parent, free_port()
    rules = re.sub(r"for: \w+", f"for: {PAUSE}s", (SHIPPED / "alarms.yml").read_text())
    (home / "alarms.yml").write_text(rules)
    text = (SHIPPED / "prometheus.yml").read_text()
    for old, new in {
        "15s": f"{PAUSE}s",
        "the METRICS_TOKEN": token,
        "127.0.0.1:5001": f"127.0.0.1:{web}",
        "127.0.0.1:9464": f"127.0.0.1:{worker}",
    }.items():
        text = text.replace(old, new)
    (home / "prometheus.yml").write_text(text.replace("job_name", f"scrape_timeout: {PAUSE}s\n    job_name"))
    command = [need("prometheus"), f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/data"]
    with open(machine.log("prometheus"), "ab") as output:
        process = processes.start(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=output, stderr=subprocess.STDOUT
        )
    found = Prometheus(port)
    try:
        wait(found.answers, seconds=60, what="Prometheus scrapes every target", log=machine.log("prometheus"))
        yield found
    finally:
        processes.end(process)
