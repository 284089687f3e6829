"""Every example of the guides at /api/docs, run as it stands there, against the servers that people use."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from soulfra.templatetags.api_guide import EXAMPLES
from soulfra.testing.shell_examples import Shell, in_reading_order

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
IN_ORDER = in_reading_order(TEMPLATES, "api/guide/home.html")
SESSIONS = [name for name in IN_ORDER if name not in ("client.txt", "client_use.txt")]


@pytest.fixture
def env(running_shop):
    reader = running_shop.customer(f"reader-{uuid.uuid4().hex[:12]}", tokens=100)
    return {"SHOP": running_shop.address, "KEY": reader.key}


@pytest.fixture
def run_python(tmp_path, env):
    """Runs a program beside client.py; what it printed."""
    (tmp_path / "client.py").write_text((EXAMPLES / "client.txt").read_text())

    def run(program):
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=os.environ | env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_no_example_is_left_out_of_the_guides():
    assert sorted(IN_ORDER) == sorted(file.name for file in EXAMPLES.iterdir())


def test_each_prints_what_the_guide_says(env):
    shell = Shell(env)
    for name in SESSIONS:
        shell.run(name)


def test_an_example_that_prints_something_else_is_noticed(env):
    with pytest.raises(AssertionError, match="no_key"):
        Shell(env | {"SHOP": f"{env['SHOP']}/api/nowhere"}).run("no_key.txt")


def test_the_client_spends_once_and_reads_to_the_end(run_python, env):
    first, last = run_python((EXAMPLES / "client_use.txt").read_text())
    assert "'balance': 95, 'spent': 5" in first
    assert last == "5 tokens spent"
    assert run_python((EXAMPLES / "client_use.txt").read_text()) == [first, last]
    everything = "for n in range(5):\n    call('POST', 'spend', {'action': 'import_domain'})\n"
    rows = "print([spend['tokens_spent'] for spend in pages('usage?limit=2', 'usage')])"
    assert run_python(f"from client import call, pages\n{everything}{rows}") == ["[1, 1, 1, 1, 1, 5]"]


def test_the_client_says_why_it_was_refused(run_python, env):
    program = (EXAMPLES / "client_use.txt").read_text().replace('"ai_analysis"', '"data_export", "quantity": 11')
    assert run_python(program) == [
        f"{env['SHOP']}/api/docs/problems/insufficient-tokens This needs 110 tokens; you have 100 available, 10 short.",
        "0 tokens spent",
    ]


def test_the_client_waits_when_it_was_too_fast(run_python):
    program = "from client import call\nfor n in range({}): call('GET', 'balance')\nprint('done')"
    assert run_python(program.format(130)) == ["done"]
