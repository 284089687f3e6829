"""The machine of a trial: a directory in the place of /, releases in it, and what Debian's packages bring."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools import venv
from devtools.testing import scratch

PREFIX = "soulfra-trial-"
NOBODY = 65534
HOST = "shop.example.com"


class TrialFailed(Exception):
    """Something that was promised did not happen; the message is the sentence that says what."""


@dataclass(frozen=True)
class Machine:
    """`root` stands for /; what the trial starts writes its logs there."""

    root: Path

    def path(self, name: str) -> Path:
        """The place of an absolute path of the docs, such as /etc/soulfra/env; its directory is made."""
        place = self.root / name.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def log(self, name: str) -> Path:
        return self.path(f"/var/log/{name}.log")


@contextlib.contextmanager
def machine() -> Iterator[Machine]:
    """A machine that is gone afterwards; whoever runs without privileges on it may look into it."""
    with scratch.directory(PREFIX) as root:
        root.chmod(0o755)
        yield Machine(root)


def expect(is_so: object, sentence: str) -> None:
    if not is_so:
        raise TrialFailed(sentence)


def wait(until: Callable[[], object], *, seconds: float, what: str, log: Path | None = None) -> float:
    """Wait until it is so; how long that took. Raises TrialFailed, with the end of the log."""
    began = time.monotonic()
    while not until():
        if time.monotonic() - began > seconds:
            said = f" It said:\n{log.read_text()[-3000:]}" if log else ""
            raise TrialFailed(f"after {seconds:.0f} seconds it is still not so that {what}.{said}")
        time.sleep(0.05)
    return time.monotonic() - began


def need(program: str, package: str = "") -> str:
    """Where a program is; root on Debian gets it installed. Raises TrialFailed."""
    package = package or program
    path = os.environ["PATH"] + os.pathsep + "/usr/sbin"
    if not shutil.which(program, path=path) and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {package} with apt-get …", flush=True)
        debian = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        venv.failure_of([*debian, "update"])
        venv.failure_of([*debian, "install", "--yes", "--no-install-recommends", package])
    found = shutil.which(program, path=path)
    expect(found, f"{program} is not here: install it (on Debian `apt-get install {package}` as root).")
    return str(found)


def nobody() -> dict[str, Any]:
    """Whom root runs the shop and the databases as, who may change nothing; anyone else runs them as themselves."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def interpreter() -> str:
    """Debian's own Python, since nobody may look into the home of whoever installed another one."""
    if os.geteuid():
        return sys.executable
    if venv.failure_of(["/usr/bin/python3", "-c", "import ensurepip, venv"]):
        venv.failure_of(["apt-get", "install", "--yes", "--no-install-recommends", "python3-venv"])
    return "/usr/bin/python3"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def run(command: list[str], *, env: Mapping[str, str] | None = None, cwd: Path = venv.ROOT, seconds: int = 600) -> str:
    """What a command prints. Raises TrialFailed with the last of what it said."""
    done = subprocess.run(command, cwd=cwd, env=env and dict(env), capture_output=True, text=True, timeout=seconds)
    said = (done.stdout + done.stderr).strip().splitlines()[-8:]
    expect(done.returncode == 0, f"{' '.join(command)[:200]} ended with {done.returncode}:\n" + "\n".join(said))
    return done.stdout


def install_release(there: Machine, version: str, *, commit: str = "") -> Path:
    """Put a release where docs/deploying.md puts it, as what `git ls-files` lists here, or as an earlier commit was."""
    release = there.path(f"/srv/soulfra/{version}/dev").parent
    if commit:
        archive = subprocess.run(["git", "archive", commit], cwd=venv.ROOT, capture_output=True)
        expect(archive.returncode == 0, f"git has no commit {commit} here: clone with the whole history.")
        subprocess.run(["tar", "x", "-C", str(release)], input=archive.stdout, check=True)
    else:
        listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        files = "\0".join(name for name in listed.split("\0") if (venv.ROOT / name).is_file())
        tar = ["tar", "c", "-C", str(venv.ROOT), "--null", "-T", "-"]
        packed = subprocess.run(tar, input=files.encode(), capture_output=True, check=True)
        subprocess.run(["tar", "x", "-C", str(release)], input=packed.stdout, check=True)
    print(f"Installing release {version} …", flush=True)
    run([interpreter(), "dev", "manage", "help"], cwd=release, env={**bare_environment(), "SECRET_KEY": "x"})
    return release


def serve_release(there: Machine, release: Path) -> None:
    """What /srv/soulfra/current names from now on."""
    current = there.path("/srv/soulfra/current")
    draft = current.with_name("next")
    draft.symlink_to(release.name)
    draft.rename(current)


def bare_environment() -> dict[str, str]:
    """Ours without any setting of the shop, which a trial reads from its own file."""
    example = (venv.ROOT / ".env.example").read_text()
    settings = {*re.findall(r"^#?\s?([A-Z_0-9]+)=", example, re.MULTILINE), "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in settings}
