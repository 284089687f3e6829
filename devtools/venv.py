"""The virtual environment `.venv` and the locked packages in it. Standard library only: it runs before .venv exists."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from devtools import processes

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Present while packages are being put into .venv; one that is found later means that this was interrupted.
UNFINISHED = VENV / ".soulfra-unfinished"
STAMPS = {"run": VENV / ".soulfra-run", "test": VENV / ".soulfra-test"}
_RUN = ["requirements.txt", "stripe_sandbox/requirements.txt"]
LOCKS = {"run": _RUN, "test": [*_RUN, "requirements-test.txt"]}
UV = "uv==0.13.9"


def set_up(kind: str) -> None:
    """Make `.venv` and install the locked packages of "run" or "test", unless the stamp says that this is done."""
    if is_set_up(kind):
        return
    if not os.access(ROOT, os.W_OK):
        sys.exit(f"{ROOT} is read-only: copy Soulfra to a directory you may write to, and start it there.")
    with only_one_at_a_time():
        if is_set_up(kind):
            return
        if not _is_healthy():
            _make()
        print("Installing the packages (under a minute the first time) …", flush=True)
        UNFINISHED.touch()
        _install(LOCKS[kind])
        for done in {"run", kind}:
            STAMPS[done].write_text(_stamp(done))
        UNFINISHED.unlink()


def is_set_up(kind: str) -> bool:
    """True if .venv works and holds exactly what the locks name for "run" or "test"."""
    try:
        is_current = STAMPS[kind].read_text() == _stamp(kind)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return is_current and PYTHON.exists() and not UNFINISHED.exists()


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Two `./dev` in one directory take turns. The lock is on the directory itself, so no file is left behind."""
    directory = os.open(ROOT, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot lock a directory
            fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def failure_of(command: list[str]) -> str:
    """Run it quietly; its output if it failed, "" if it went well."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    if env.get("PIP_CERT"):
        env.setdefault("SSL_CERT_FILE", env["PIP_CERT"])
    with tempfile.TemporaryFile() as output:
        child = processes.start(command, env=env, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            code = child.wait()
        finally:
            processes.end(child, signal.SIGKILL)
        output.seek(0)
        text = output.read().decode(errors="replace").strip()
    return (text or f"exit code {code}") if code else ""


def give_up(output: str, sentence: str) -> None:
    """End with the last lines of what a tool printed, and one sentence that says what to do."""
    print("\n".join(output.splitlines()[-12:]), file=sys.stderr, flush=True)
    sys.exit(sentence)


def _stamp(kind: str) -> str:
    """What was installed, by which interpreter, and where: a change of any of them means setting up again."""
    content = b"".join((ROOT / name).read_bytes() for name in LOCKS[kind])
    return "\n".join([hashlib.sha256(content).hexdigest(), os.path.realpath(PYTHON), str(VENV)])


def _is_healthy() -> bool:
    was_moved = any(file.exists() and file.read_text().split("\n")[-1] != str(VENV) for file in STAMPS.values())
    if was_moved or UNFINISHED.exists() or not PYTHON.exists():
        return False
    return not failure_of([str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"])


def _make() -> None:
    if not all(importlib.util.find_spec(module) for module in ("venv", "ensurepip")):
        sys.exit(
            "This Python has no venv module: install it (on Debian and Ubuntu `apt-get install python3-venv`), "
            "then run the same command again."
        )
    print(f"Creating {VENV} …", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    # Inside another virtual environment, this is the interpreter that one was made from.
    base = getattr(sys, "_base_executable", "") or sys.executable
    failure = failure_of([base, "-m", "venv", str(VENV)])
    if failure:
        give_up(failure, "Python could not create a virtual environment (see above).")


def _install(locks: list[str]) -> None:
    """With uv, which is quick; with pip where uv cannot, as only pip knows an index named in pip's configuration."""
    python = str(PYTHON)
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    files = ["--require-hashes", *(part for name in locks for part in ("-r", str(ROOT / name)))]
    # Compiled once here, as pip does by itself: a start would take twice as long where Python may not write its cache.
    with_uv = [python, "-m", "uv", "pip", "install", "--python", python, "--compile-bytecode", *files]
    if not failure_of([*pip, "--retries", "1", UV]) and not failure_of(with_uv):
        return
    failure = failure_of([*pip, *files])
    if failure:
        give_up(failure, "The packages could not be installed: check the network and pip's index, then run this again.")
