"""The `dev` script: failures in one sentence, a `.env` written once, and no process left behind."""

import ast
import importlib.machinery
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

from devtools import development, processes, venv
from devtools.testing.processes import wait_until_gone

DEV = Path(settings.BASE_DIR) / "dev"


def dev(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, DEV, *arguments], env={**os.environ, **environment}, capture_output=True, text=True
    )


@pytest.fixture
def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("dev_script", str(DEV))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_an_unknown_verb_is_refused_in_one_sentence() -> None:
    result = dev("frobnicate")
    assert (result.returncode, result.stderr) == (
        1,
        "`./dev frobnicate` is not a command: `./dev help` lists them.\n",
    )


def test_a_taken_port_is_refused_with_another_one_to_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = dev("run", PORT=str(port))
    assert (result.returncode, result.stderr) == (
        1,
        f"Port {port} is taken: stop what uses it, or choose another with `PORT={port + 1} ./dev run`.\n",
    )


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "5001x", "²"])
def test_a_port_that_is_none_is_refused_in_one_sentence(port: str) -> None:
    result = dev("run", PORT=port)
    assert result.returncode == 1
    assert result.stderr.startswith(f"PORT must be 1–65535 (got {port!r})")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan"])
def test_seconds_that_are_none_are_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("STOP_SECONDS", value)
    with pytest.raises(SystemExit, match=f"^STOP_SECONDS is '{value}': set a number of seconds above zero\\.$"):
        development.seconds_of("STOP_SECONDS", 15)


def test_an_old_python_reads_the_whole_file_and_is_told_what_to_do(script: ModuleType) -> None:
    ast.parse(DEV.read_text(), feature_version=(3, 6))
    with pytest.raises(SystemExit, match=r"^Soulfra needs Python 3\.11 or newer and this is Python 3\.9: install "):
        script.refuse_other_machines((3, 9, 18), "posix")


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        venv._make()


def test_packages_that_cannot_be_installed_end_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(venv, "failure_of", lambda command: "many\nlines")
    with pytest.raises(SystemExit, match=r"^The packages could not be installed: check the network"):
        venv._install(["requirements.txt"])
    assert capsys.readouterr().err == "many\nlines\n"


def test_env_is_written_once_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(development, "ENV_FILE", tmp_path / ".env")
    development.write_env(5002)
    first = (tmp_path / ".env").read_text()
    development.write_env(5003)
    assert (tmp_path / ".env").read_text() == first
    assert "DEBUG=true\n" in first
    assert "PORT=5002\n" in first
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [".env"]


def test_serve_on_a_bare_clone_says_how_to_make_settings_and_installs_nothing(tmp_path: Path) -> None:
    shutil.copy(DEV, tmp_path)
    shutil.copytree(Path(settings.BASE_DIR) / "devtools", tmp_path / "devtools")
    bare = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    result = subprocess.run([sys.executable, "dev", "serve"], cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("There are no settings yet: `./dev manage new_env --production` writes .env with ")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["dev", "devtools"]


@pytest.mark.parametrize(
    ("arguments", "environment", "is_written"),
    [(["shell"], {}, True), (["new_env", "--production"], {}, False), (["reconcile"], {"SECRET_KEY": "x"}, False)],
)
def test_a_command_writes_settings_of_development_only_where_there_can_be_no_others(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    environment: dict[str, str],
    is_written: bool,
) -> None:
    started: list[str] = []
    monkeypatch.setattr(development, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(venv, "set_up", lambda kind: None)
    monkeypatch.setattr(script, "become", lambda *command, env: started.extend(command[1:]))
    monkeypatch.delenv("SECRET_KEY")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    script.manage(arguments)
    assert started == arguments
    assert (tmp_path / ".env").exists() == is_written


@pytest.mark.parametrize(
    ("line", "has_sandbox"),
    [
        ("", True),
        ("STRIPE_ENABLED=false", True),
        ("STRIPE_ENABLED=", True),
        ("STRIPE_ENABLED=true", False),
        ('STRIPE_ENABLED="True"', False),
        ("STRIPE_ENABLED = “true” ", False),
        ("export STRIPE_ENABLED=1", False),
        ("# STRIPE_ENABLED=true", True),
    ],
)
def test_a_sandbox_is_started_unless_stripe_is_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, has_sandbox: bool
) -> None:
    monkeypatch.setattr(development, "ENV_FILE", tmp_path / ".env")
    monkeypatch.delenv("STRIPE_ENABLED")
    (tmp_path / ".env").write_text(f"DEBUG=true\n{line}\n")
    assert development.has_sandbox() == has_sandbox


def test_a_child_that_ignores_the_request_is_killed_with_its_own_children() -> None:
    stubborn = "trap '' TERM; sleep 60 & echo $!; wait"
    child = processes.start(["sh", "-c", stubborn], stdout=subprocess.PIPE)
    assert child.stdout
    grandchild = int(child.stdout.readline())
    started = time.monotonic()
    processes.end(child, seconds=0.3)
    child.stdout.close()
    assert time.monotonic() - started < 5
    wait_until_gone(grandchild)
