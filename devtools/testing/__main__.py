"""What `./dev test` runs inside .venv: every test on PostgreSQL, then on SQLite those that the database matters to.

`--thorough` tries the large numbers where a test tries what chance gives it; the rest of the arguments are pytest's.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from devtools import processes
from devtools.testing import browser, environment, examples, pgbouncer, postgres, promtool, scratch

NO_TESTS = 5  # pytest's exit code when nothing was collected: fine on one database, if the other had something
# A debugger needs the terminal, and tests that run one at a time.
INTERACTIVE = {"--pdb", "--trace", "-s", "--capture=no"}
SECONDS_TO_UNWIND = 20
# One more than there are cores: a third of the time a test waits, for a browser, a server or a clock.
WORKERS = len(os.sched_getaffinity(0)) + 1


def main(arguments: list[str]) -> int:
    processes.raise_on_signals()
    if "--thorough" in arguments:
        os.environ[examples.THOROUGH] = "yes"
        arguments = [argument for argument in arguments if argument != "--thorough"]
    # Some images of machines set it; a run starts Python some hundred times, and each would compile the shop anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        browser.make_ready()
        pgbouncer.make_ready()
        promtool.make_ready()
        with postgresql() as url:
            codes = {"PostgreSQL": run("PostgreSQL", url, arguments)}
        os.environ["SOULFRA_SECOND_PASS"] = "yes"
        codes["SQLite"] = run("SQLite", environment.TESTS["DATABASE_URL"], arguments)
    except (browser.BrowserUnavailable, postgres.PostgresUnavailable) as unavailable:
        sys.exit(str(unavailable))
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    return verdict(codes)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The server named by TEST_DATABASE_URL, else one of our own."""
    named = os.environ.get("TEST_DATABASE_URL")
    if not named:
        with postgres.running_postgres() as url:
            yield url
    elif named.startswith(("postgres://", "postgresql://")):
        yield named
    else:
        raise postgres.PostgresUnavailable("TEST_DATABASE_URL is not a PostgreSQL address: unset it or name a server.")


def run(name: str, url: str, arguments: list[str]) -> int:
    """Run pytest on that database, with its temporary files in a directory that goes with it; its exit code."""
    print(f"\nTests on {name}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", *arguments]
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # conftest.py sets it, after the environment
    is_interactive = bool(INTERACTIVE & set(arguments))
    if not is_interactive:
        command[3:3] = ["-n", str(WORKERS), "--dist", "worksteal"]
    with scratch.directory("soulfra-test-") as directory:
        os.chmod(directory, 0o711)  # noqa: S103  a PostgreSQL started by a test as root runs as nobody, and passes here
        code = wait_for(command, {**os.environ, "TEST_DATABASE_URL": url, "TMPDIR": str(directory)}, is_interactive)
    print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    return code


def wait_for(command: list[str], env: dict[str, str], is_interactive: bool) -> int:
    if is_interactive:
        return subprocess.run(command, env=env).returncode
    child = processes.start(command, env=env)
    try:
        return child.wait()
    finally:
        processes.end(child, signal.SIGINT, seconds=SECONDS_TO_UNWIND)


def verdict(codes: dict[str, int]) -> int:
    """Print one line for both runs; 0 only if neither failed and at least one had tests."""
    words = {0: "passed", NO_TESTS: "had no tests"}
    said = ", ".join(f"{name} {words.get(code, 'FAILED')}" for name, code in codes.items())
    has_passed = set(codes.values()) <= {0, NO_TESTS} and 0 in codes.values()
    print(f"\nAll tests: {said}.", flush=True)
    return 0 if has_passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
