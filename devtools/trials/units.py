"""systemd's part in a trial: it reads the units that are shipped, and starts, restarts and stops what they describe.

The machine of a trial has no systemd of its own. What is read is what decides whether the shop runs: the command, the
directory, the environment, the user, restarting and stopping. Whether systemd itself takes the units, a test asks it.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import threading
import time
from pathlib import Path

from devtools import processes
from devtools.trials.machine import NOBODY, Machine, TrialFailed, bare_environment, nobody
from devtools.venv import ROOT

SHIPPED = ROOT / "deploy/systemd"


class Unit:
    """A unit of deploy/systemd on this machine; `listener` is the socket that it takes over, where it wants one."""

    def __init__(self, machine: Machine, name: str, *, listener: socket.socket | None = None) -> None:
        text = (SHIPPED / f"{name}.service").read_text().replace("\\\n", "").replace("%%", "%")
        for place in ("/srv/soulfra", "/etc/soulfra", "/var/lib/soulfra", "/var/backups/soulfra"):
            text = text.replace(place, str(machine.root) + place)
        if listener:  # systemd hands it over as number 3; here it keeps its own
            text = text.replace("LISTENING_SOCKET=3", f"LISTENING_SOCKET={listener.fileno()}")
        pairs = [line.partition("=") for line in text.splitlines() if line[:1] not in "#;[" and "=" in line]
        self.name = name
        self.lines = [(key, value) for key, _, value in pairs]
        self.log = machine.log(self.name)
        self.state = machine.path("/var/lib/soulfra/x").parent
        self.sockets = [listener.fileno()] if listener else []
        self.process: subprocess.Popen[bytes]
        self.restarts = 0
        self._is_wanted = False
        self._watch: threading.Thread | None = None

    def value(self, key: str, default: str = "") -> str:
        return next((value for name, value in self.lines if name == key), default)

    def start(self) -> None:
        """Run it from now on, again after it ends where the unit says Restart=always."""
        self._is_wanted = True
        self._begin()
        if self.value("Restart") == "always":
            self._watch = threading.Thread(target=self._keep, daemon=True)
            self._watch.start()

    def run_once(self) -> float:
        """A unit of Type=oneshot, to its end; how long it took. Raises TrialFailed."""
        began = time.monotonic()
        self._begin()
        if self.process.wait():
            raise TrialFailed(f"{self.name} failed: {self.log.read_text()[-2000:]}")
        return time.monotonic() - began

    def stop(self) -> None:
        self._is_wanted = False
        if hasattr(self, "process"):
            processes.end(self.process, seconds=float(self.value("TimeoutStopSec", "90")))
        if self._watch:
            self._watch.join()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _begin(self) -> None:
        own = dict(pair.split("=", 1) for key, text in self.lines if key == "Environment" for pair in shlex.split(text))
        for key, text in self.lines:
            if key == "EnvironmentFile" and (file := Path(text.lstrip("-"))).exists():
                own |= dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
        command = [part.replace("$$", "$") for part in shlex.split(self.value("ExecStart"))]
        if nobody():
            os.chown(self.state, NOBODY, NOBODY)
        with open(self.log, "ab") as output:
            self.process = processes.start(
                command,
                cwd=self.value("WorkingDirectory", "/"),
                env=bare_environment() | own,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.sockets,
                **nobody(),
            )

    def _keep(self) -> None:
        while self._is_wanted:
            self.process.wait()
            if self._is_wanted:
                time.sleep(float(self.value("RestartSec", "0.1")))
            if self._is_wanted:
                self.restarts += 1
                self._begin()
