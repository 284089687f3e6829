"""What `./dev check` runs inside .venv: everything that can be told without running a test, all at once."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from typing import IO

from devtools import processes, vulnerabilities
from devtools.testing import environment

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
LINT_IMPORTS = "import importlinter.cli, sys; sys.path.insert(0, ''); importlinter.cli.lint_imports_command()"
DEPTRY = ["--config", "deptry.toml"]
WITH_TESTS = [
    "--requirements-files",
    "requirements.in,requirements-sentry.in,stripe_sandbox/requirements.in,requirements-test.in",
    "--extend-exclude",
    r"\.git/",
]
CHECKS: dict[str, list[str]] = {
    "types": [PYTHON, "-m", "mypy"],  # first, since it takes longest
    "lint": [PYTHON, "-m", "ruff", "check", "--output-format", "concise"],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--output-format", "concise"],
    "template lint": [PYTHON, "-m", "djlint", "templates", "--lint"],
    "template format": [PYTHON, "-m", "djlint", "templates", "--check"],
    "sandbox template lint": [PYTHON, "-m", "djlint", "stripe_sandbox/templates", "--lint"],
    "sandbox template format": [PYTHON, "-m", "djlint", "stripe_sandbox/templates", "--check"],
    "dependencies": [PYTHON, "-m", "deptry", ".", *DEPTRY],
    "dependencies of tests": [PYTHON, "-m", "deptry", ".", *DEPTRY, *WITH_TESTS],
    "sandbox dependencies": [PYTHON, "-m", "deptry", "stripe_sandbox", "--config", "stripe_sandbox/pyproject.toml"],
    "import contracts": [PYTHON, "-c", LINT_IMPORTS, "--no-cache"],
    "known vulnerabilities": [PYTHON, "-m", "devtools.vulnerabilities"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "system check": [*MANAGE, "check", "--fail-level", "WARNING"],
    "deployment check": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    "API schema": [*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull],
}
WORDS = {0: "ok    ", vulnerabilities.NOT_ASKED: "skipped"}
IN_PRODUCTION = {"deployment check", "API schema"}


@dataclass
class Check:
    """One tool at work, writing into a file that has no name and so is never left behind."""

    name: str
    output: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

    def start(self) -> None:
        settings = environment.PRODUCTION if self.name in IN_PRODUCTION else environment.TESTS | {"DEBUG": "true"}
        env = {**os.environ, **settings, "DJANGO_SETTINGS_MODULE": "soulfra.settings"}
        self.process = processes.start(CHECKS[self.name], env=env, stdout=self.output, stderr=subprocess.STDOUT)

    def has_passed(self) -> bool:
        """Wait for the tool and print one line, followed by what it said unless all is well."""
        code = self.process.wait()
        print(f"{WORDS.get(code, 'FAILED')}  {self.name}", flush=True)
        if code != 0:
            self.output.seek(0)
            print(self.output.read().decode(errors="replace").rstrip(), end="\n\n", flush=True)
        return code in WORDS


def main() -> int:
    processes.raise_on_signals()
    checks = [Check(name) for name in CHECKS]
    try:
        for check in checks:
            check.start()
        results = [check.has_passed() for check in checks]
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    finally:
        for check in checks:
            if hasattr(check, "process"):
                processes.end(check.process)
    failed = results.count(False)
    print(f"\n{failed} of {len(results)} checks failed." if failed else f"\nAll {len(results)} checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
