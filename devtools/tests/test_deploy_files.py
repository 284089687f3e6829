"""What is shipped in deploy/ is taken by the programs that it is for, and says what the docs say of it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.trials import __main__ as trials
from devtools.trials import figures
from devtools.venv import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*"))


def needs(program: str) -> str:
    found = shutil.which(program, path=f"{Path(sys.executable).parent}:/usr/bin:/usr/sbin:/bin:/sbin")
    if not found:
        pytest.skip(f"{program} is not installed here; `./dev trial deploy` installs what it needs.")
    return found


def number(pattern: str, text: str) -> int:
    """What the pattern's group found; a file without it fails the test."""
    found = re.search(pattern, text)
    assert found, pattern
    return int(found[1])


def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    for unit in UNITS:  # where they lead must exist, so somewhere else stands for it
        text = unit.read_text().replace("/srv/soulfra/current/.venv/bin/python", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    files = [str(tmp_path / unit.name) for unit in UNITS]
    verified = subprocess.run([needs("systemd-analyze"), "verify", *files], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_no_unit_may_gain_privileges_or_write_beside_its_own_directory(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert {"User=soulfra", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict"} <= set(lines)


def test_what_serves_is_started_again_and_waits_for_what_is_under_way() -> None:
    for name in ("web", "worker"):
        unit = (DEPLOY / f"systemd/soulfra-{name}.service").read_text()
        assert "Restart=always" in unit
        assert "StartLimitIntervalSec=0\n" in unit
        assert number(r"TimeoutStopSec=(\d+)", unit) >= 25  # STOP_SECONDS, and ten more


def test_the_web_server_starts_once_its_database_is_there_however_late() -> None:
    """Whatever it required and failed once, as migrations without a database do, systemd would not try again."""
    unit = (DEPLOY / "systemd/soulfra-web.service").read_text()
    assert re.findall(r"^Requires=(.*)$", unit, re.MULTILINE) == ["soulfra-web.socket"]
    assert re.findall(r"^ExecStart=\S+ (.*)$", unit, re.MULTILINE) == ["manage.py serve_shop"]  # which migrates


def test_a_command_of_the_shop_runs_as_its_user_in_its_directory() -> None:
    script = (DEPLOY / "soulfra").read_text()
    assert subprocess.run(["sh", "-n", str(DEPLOY / "soulfra")]).returncode == 0
    assert os.access(DEPLOY / "soulfra", os.X_OK)
    assert 'runuser --user soulfra -- .venv/bin/python manage.py "$@"' in script


def test_caddy_takes_its_file() -> None:
    command = [needs("caddy"), "adapt", "--validate", "--config", str(DEPLOY / "caddy/Caddyfile")]
    adapted = subprocess.run(command, capture_output=True, text=True)
    assert adapted.returncode == 0, adapted.stderr


def test_both_proxies_wait_longer_than_the_shops_own_deadlines_and_pass_its_largest_body() -> None:
    nginx, caddy = (DEPLOY / "nginx/soulfra.conf").read_text(), (DEPLOY / "caddy/Caddyfile").read_text()
    assert number(r"proxy_read_timeout (\d+)s", nginx) > 60
    assert number(r"response_header_timeout (\d+)s", caddy) > 60
    assert number(r"client_max_body_size (\d+)m", nginx) * 1_000_000 > 5_000_000 + 64 * 1024
    assert number(r"max_buffer_size (\d+)MB", caddy) * 1_000_000 > 5_000_000 + 64 * 1024


def test_the_image_names_its_base_by_digest_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", dockerfile, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"${BASE}", "python"}
    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE) == ["10001"]
    assert "--chown" not in dockerfile


class EachKeyOnce(yaml.SafeLoader):
    """As compose reads: a key that stands twice in a mapping is an error. YAML's own reader takes the second."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        if len(keys) > len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, f"a key stands twice: {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("file", [ROOT / "compose.yaml", *DEPLOY.glob("prometheus/*")], ids=lambda file: file.name)
def test_each_key_stands_once(file: Path) -> None:
    assert yaml.load(file.read_text(), EachKeyOnce)
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        yaml.load("a: {b: 1, c: 2, b: 3}", EachKeyOnce)


def test_compose_waits_for_what_is_under_way() -> None:
    assert number(r"stop_grace_period: (\d+)s", (ROOT / "compose.yaml").read_text()) >= 25  # STOP_SECONDS, and ten more


def test_compose_gives_the_shop_a_read_only_root_and_no_capability() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    shared = compose.partition("x-shop: &shop\n")[2].partition("\nservices:")[0].splitlines()
    assert {"  read_only: true", "  cap_drop: [ALL]", "  security_opt: [no-new-privileges:true]"} <= set(shared)


def test_every_trial_has_a_line_and_a_place_in_the_docs() -> None:
    page = figures.PAGE.read_text()
    for name in trials.TRIALS:
        assert trials._about(name).endswith((".", "on it", "over soon.")), name
        assert f"<!-- trial {name} -->\n" in page
    with pytest.raises(LookupError):
        figures.keep("none", {})


def test_figures_take_the_place_of_the_last_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "operating.md"
    places = [
        f"<!-- trial {name} -->\n\n{said}\n\n<!-- /trial -->\n" for name, said in (("deploy", "old"), ("watch", "w"))
    ]
    page.write_text("\n".join(places))
    monkeypatch.setattr(figures, "PAGE", page)
    figures.keep("deploy", {"requests that failed": "0"})
    text = page.read_text()
    assert ("old" in text, "| requests that failed | 0 |" in text, "\nw\n" in text) == (False, True, True)
