"""What pip-audit says becomes a sentence for each vulnerability, and a failed check."""

import json
import subprocess
from typing import Any

import pytest

from devtools import vulnerabilities

SAFE = {"name": "django", "version": "5.2.9", "vulns": []}
BAD = {
    "name": "stripe",
    "version": "16.1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["16.1.1", "17.0"]}, {"id": "GHSA-2", "fix_versions": []}],
}
UNKNOWN = {"name": "granian", "skip_reason": "Dependency not found on PyPI and could not be audited: granian (2.8.7)"}


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        (json.dumps({"dependencies": [SAFE, UNKNOWN]}), 0, "\n"),
        (
            json.dumps({"dependencies": [SAFE, BAD]}),
            1,
            "stripe 16.1.0: PYSEC-1, fixed in 16.1.1, 17.0.\nstripe 16.1.0: GHSA-2, fixed in no version yet.\n",
        ),
        (json.dumps({"dependencies": [UNKNOWN]}), 75, "the database of vulnerabilities can't be reached from here\n"),
        ("", 75, "the database of vulnerabilities can't be reached from here\n"),
    ],
)
def test_each_known_vulnerability_fails_the_check_and_a_silent_database_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: str, code: int, said: str
) -> None:
    def answer(*args: Any, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, stdout=output)

    monkeypatch.setattr(subprocess, "run", answer)

    assert vulnerabilities.main() == code
    assert capsys.readouterr().out == said
