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


def test_no_example_is_left_out_of_the_guides():
    assert sorted(IN_ORDER) == sorted(file.name for file in EXAMPLES.iterdir())


def test_each_prints_what_the_guide_says(env):
    shell = Shell(env)
    for name in SESSIONS:
        shell.run(name)
    with pytest.raises(AssertionError, match="no_key"):  # another answer is noticed
        Shell(env | {"SHOP": f"{env['SHOP']}/api/nowhere"}).run("no_key.txt")


def test_the_client_charges_once_waits_when_it_was_too_fast_and_reads_to_the_end(env, tmp_path):
    (tmp_path / "client.py").write_text((EXAMPLES / "client.txt").read_text())
    use = (EXAMPLES / "client_use.txt").read_text()

    def printed(program):
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=os.environ | env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    twice = [printed(use), printed(use)]
    assert twice[0] == twice[1]
    assert "'balance': 95, 'spent': 5" in twice[0][0]
    assert twice[0][1] == "5 tokens spent"
    assert printed(use.replace('"ai_analysis"', '"data_export", "quantity": 11').replace("image-21", "poster")) == [
        f"{env['SHOP']}/api/docs/problems/insufficient-tokens This needs 110 tokens; you have 95 available, 15 short.",
        "5 tokens spent",
    ]
    too_fast = "from client import call, pages\nfor n in range(130): call('GET', 'balance')\n"
    spends = "for n in range(5): call('POST', 'spend', {'action': 'import_domain'})\n"
    rows = "print([spend['tokens_spent'] for spend in pages('usage?limit=2', 'usage')])"
    assert printed(too_fast + spends + rows) == ["[1, 1, 1, 1, 1, 5]"]
