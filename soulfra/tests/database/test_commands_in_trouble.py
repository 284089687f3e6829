"""A command that finds no database says so in a sentence; whoever wants the traceback asks for it."""

import os
import subprocess
import sys

import pytest
from django.db import OperationalError

import manage
from devtools.testing import environment
from devtools.venv import ROOT

NOWHERE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "DJANGO_SETTINGS_MODULE": "soulfra.settings"}


@pytest.mark.parametrize(
    ("arguments", "has_traceback"),
    [(["check_ledger"], False), (["migrate"], False), (["check_ledger", "--traceback"], True)],
)
def test_it_is_a_sentence_unless_asked(arguments, has_traceback):
    command = [sys.executable, "manage.py", *arguments]
    env = {**os.environ, **environment.TESTS, **NOWHERE}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) is has_traceback
    if not has_traceback:  # above it are the warnings of the checks that a trial with the sandbox has
        [*_, said] = done.stderr.splitlines()
        assert said.startswith("Stopped: run this again when the database can be used (database trouble: connection")


def test_whoever_the_database_does_not_let_in_is_told_to_run_it_as_the_shops_user():
    """As root on a machine of the docs, where PostgreSQL goes by the system user."""
    refusal = 'connection failed: FATAL:  Peer authentication failed for user "soulfra"'
    with pytest.raises(SystemExit, match=r"^Run this as the shop's user, whose database it is: `soulfra …` \(database"):
        manage.refuse_if_in_trouble(OperationalError(refusal))
