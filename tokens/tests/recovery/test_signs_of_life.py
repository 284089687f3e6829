"""A process that gives no sign of life for long ends itself, and says where it hung."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from devtools.testing import environment

HANGS = """
from tokens import signs_of_life
import re
signs_of_life.give(hangs_after=0.3)
def never_return(): re.match("(a+)+$", "a" * 99 + "b")  # and lets no other thread run
never_return()
"""
# A worker's heartbeat, whose steps are well for as long as a file is there. There is no database, which is no silence.
WORKER = """
import os, sys, threading, django
os.environ["DJANGO_SETTINGS_MODULE"] = "soulfra.settings"
django.setup()
from django.conf import settings
from tokens import heartbeat
heartbeat.SECONDS_BETWEEN_BEATS = 0.05
thread = heartbeat.start("worker", stopping := threading.Event(), is_well=lambda: os.path.exists(sys.argv[1]))
def wait_for_ever(): sys.stdin.read()
wait_for_ever()
stopping.set(); thread.join(); threading.Event().wait(float(sys.argv[2])); print("stopped")
"""


def run(code: str, *arguments: str, sign: Path) -> subprocess.Popen[str]:
    away = {"WORKER_HANG_SECONDS": "0.5", "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none"}
    env, pipe = {**os.environ, **environment.PRODUCTION, **away, "SIGN_OF_LIFE": str(sign)}, subprocess.PIPE
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.fixture
def well(tmp_path: Path) -> Path:
    """The file as long as which a worker's steps are well."""
    (file := tmp_path / "well").touch()
    return file


def wait_for(sign: Path) -> None:
    give_up_at = time.monotonic() + 20
    while not sign.exists():
        assert time.monotonic() < give_up_at


def test_a_process_that_lets_no_thread_run_ends_itself_and_says_where_it_hung(tmp_path: Path) -> None:
    with run(HANGS, sign=tmp_path / "sign") as hung:
        _, said = hung.communicate(timeout=20)
    assert hung.returncode == 1
    assert "Timeout (0:00:00.300000)!" in said
    assert "in never_return" in said


def test_a_worker_whose_step_never_ends_ends_itself(tmp_path: Path, well: Path) -> None:
    with run(WORKER, str(well), "0", sign=tmp_path / "sign") as worker:
        wait_for(tmp_path / "sign")
        well.unlink()
        assert worker.wait(20) == 1
        assert worker.stderr
        assert "in wait_for_ever" in worker.stderr.read()


def test_a_worker_that_was_asked_to_end_may_take_its_time(tmp_path: Path, well: Path) -> None:
    with run(WORKER, str(well), "1.5", sign=tmp_path / "sign") as worker:
        wait_for(tmp_path / "sign")
        said, complaints = worker.communicate("", timeout=20)
    assert (worker.returncode, said) == (0, "stopped\n"), complaints
