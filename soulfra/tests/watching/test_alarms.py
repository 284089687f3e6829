"""Every alarm of deploy/prometheus/alarms.yml fires on the figures that it is for, by itself; a healthy shop has none.

Prometheus's own promtool works it out, on figures of the minutes before and after the trouble begins.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import resolve

from devtools.testing import promtool as installed
from soulfra.watching import books, probes
from tokens import heartbeat

RULES = Path(settings.BASE_DIR) / "deploy/prometheus/alarms.yml"
OPERATING = (Path(settings.BASE_DIR) / "docs/operating.md").read_text()
ALARMS = {rule["alert"]: rule for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]}
DAY = 24 * 60
AFTER = 4 * 60  # minutes of trouble
UP = 'up{job="soulfra",instance="10.0.0.5:5001"}'
DATABASE = "soulfra_database_up"
Values = list[Any]


def last(of: str) -> str:
    return f'soulfra_last_timestamp_seconds{{of="{of}"}}'


def oldest(of: str) -> str:
    return f'soulfra_oldest_seconds{{of="{of}"}}'


def requests(route: str, status: str) -> str:
    return f'soulfra_request_seconds_count{{method="POST",route="{route}",status="{status}"}}'


def calls(to: str, outcome: str) -> str:
    return f'soulfra_call_seconds_count{{to="{to}",operation="x",outcome="{outcome}"}}'


def spends(le: str) -> str:
    return f'soulfra_request_seconds_bucket{{method="POST",route="/api/tokens/spend",status="200",le="{le}"}}'


def healthy(minutes: int, step: int = 1) -> dict[str, Values]:
    """A busy shop's figures, with what is normal: a few errors, probes that fail, queues that fill and empty."""
    every = range(0, minutes, step)
    counted = {
        requests("/api/tokens/spend", "200"): 600,
        requests("/api/tokens/spend", "503"): 5,
        requests("/readyz", "503"): 100,
        calls("stripe", "200"): 30,
        calls("stripe", "402"): 20,
        calls("stripe", "failed"): 6,
        calls("mail server", "failed"): 60,
        spends("0.05"): 500,
        spends("1.0"): 590,
        spends("2.5"): 600,
        spends("+Inf"): 600,
    }
    rounds = {"worker": 1, "sweep": 1, "reconciliation": 60, "ledger check": DAY}
    waits = {"event": 600, "email": 1500, "account email": 300, "hold": 600_000, "posting": 60, "expiry": 120}
    return {
        UP: [1 for _ in every],
        DATABASE: [1 for _ in every],
        "soulfra_ledger_disagreements": [0 for _ in every],
        "soulfra_unrepaired_differences": [int(minute // 60 % 5 == 0) for minute in every],  # the next run repairs
        **{name: [minute * times for minute in every] for name, times in counted.items()},
        **{last(of): [minute // pause * pause * 60 for minute in every] for of, pause in rounds.items()},
        **{oldest(of): [minute * 60 % most for minute in every] for of, most in waits.items()},
    }


OF_THE_DATABASE = [
    name for name in healthy(1) if re.match("soulfra_(last|oldest|unrepaired|ledger)", name)
]  # gone while it is away
GONE = dict.fromkeys(healthy(1), "stale")
FAILING = {"+": 60}  # so many more a minute
# Which alarm, after how many minutes of which trouble: a value for each minute, or "frozen", or a count's growth.
TROUBLES: list[tuple[str, int, Mapping[str, Any]]] = [
    ("Down", 2, GONE | {UP: 0}),
    ("Down", 2, GONE),  # nobody is asked any more
    ("NotReady", 2, {DATABASE: 0, **dict.fromkeys(OF_THE_DATABASE, "stale")}),
    ("WorkerSilent", 4, {last("worker"): "frozen", last("sweep"): "frozen"}),
    ("WorkerSilent", 17, {last("sweep"): "frozen"}),
    ("WorkerSilent", 2, {last("worker"): "stale", last("sweep"): "stale"}),  # never began
    ("WorkerSilent", 2, {last("sweep"): "stale"}),
    ("RequestsFail", 5, {requests("/api/tokens/spend", "503"): FAILING}),
    ("RequestsFail", 6, {requests("/tokens/", "500"): FAILING}),
    ("RequestsSlow", 11, {spends("1.0"): {"+": 500}}),
    ("EventsWait", 0, {oldest("event"): 901}),
    ("StripeUnreachable", 13, {calls("stripe", "failed"): {"+": 120}}),
    ("StripeUnreachable", 13, {calls("stripe", "503"): {"+": 120}}),
    ("StripeUnreachable", 13, {calls("stripe", "401"): {"+": 120}}),  # the key was rolled
    ("EmailsWait", 0, {oldest("email"): 1801}),
    ("EmailsWait", 0, {oldest("account email"): 1801}),
    ("SpendsNotPosted", 0, {oldest("posting"): 901}),
    ("SpendsNotPosted", 0, {oldest("expiry"): 3601}),
    ("LedgerDisagrees", 0, {"soulfra_ledger_disagreements": 1}),
    ("StripeDiffers", 120, {"soulfra_unrepaired_differences": 1}),
    ("NobodyLooked", 121, {last("reconciliation"): "frozen"}),  # the last one was an hour before
    ("OldHold", 0, {oldest("hold"): 691_201}),
]


def in_trouble(begins: int, trouble: Mapping[str, Any], *, lasts: int = AFTER, step: int = 1) -> dict[str, Values]:
    """A healthy shop's figures until then, and what the trouble makes of them."""
    found = healthy(begins + lasts, step)
    begins, lasts = begins // step, lasts // step
    for name, what in trouble.items():
        before = found.get(name, ["_"] * begins)[:begins]  # a status that nobody was answered with has no series
        after: Values = [before[-1] if what == "frozen" else what] * lasts
        if isinstance(what, dict):
            count = before[-1] if before[-1] != "_" else 0
            after = [count + what["+"] * (minute + 1) for minute in range(lasts)]
        found[name] = before + after
    return found


def labels_of(trouble: Mapping[str, Any]) -> dict[str, str]:
    if UP not in trouble:
        return {}
    return {"job": "soulfra"} | ({"instance": "10.0.0.5:5001"} if trouble[UP] == 0 else {})


def check(
    tmp_path: Path,
    figures: Mapping[str, Values],
    fires: Mapping[int, str],
    *,
    step: int = 1,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Let promtool say that at each of these minutes this alarm fires, "" being none, and no other.

    The figures are those of every `step` minutes.
    """
    every = f"{step}m"
    expected = [
        {
            "eval_time": f"{minute}m",
            "alertname": name,
            "exp_alerts": [{"exp_annotations": rule["annotations"], "exp_labels": labels or {}}]
            if name == alarm
            else [],
        }
        for minute, alarm in fires.items()
        for name, rule in ALARMS.items()
    ]
    series = [{"series": name, "values": " ".join(map(str, each))} for name, each in figures.items()]
    tests = [{"interval": every, "input_series": series, "alert_rule_test": expected}]
    file = tmp_path / "alarms.json"  # which YAML is too
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": every, "tests": tests}))
    said = promtool("test", "rules", str(file))
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    found = installed.find()
    if found is None:
        pytest.skip(installed.WITHOUT)
    return subprocess.run([found, *arguments], capture_output=True, text=True)


def test_promtool_takes_the_rules_and_the_file_that_names_them() -> None:
    said = promtool("check", "config", str(RULES.with_name("prometheus.yml")))
    assert (said.returncode, f"{len(ALARMS)} rules found" in said.stdout) == (0, True), said.stdout + said.stderr


def test_a_healthy_shop_has_no_alarm(tmp_path: Path) -> None:
    check(tmp_path, healthy(400), dict.fromkeys([1, 30, 65, 399], ""))
    check(tmp_path, healthy(5 * DAY, 10), dict.fromkeys([DAY, 2 * DAY + 10, 3 * DAY - 10, 5 * DAY - 10], ""), step=10)


@pytest.mark.parametrize(
    ("alarm", "after", "trouble"), TROUBLES, ids=[f"{name}-{number}" for number, (name, *_) in enumerate(TROUBLES)]
)
def test_an_alarm_fires_on_its_figures_and_no_other_does(
    tmp_path: Path, alarm: str, after: int, trouble: Mapping[str, Any]
) -> None:
    begins = 4 * 60
    silent = {begins + after - 1: ""}
    check(tmp_path, in_trouble(begins, trouble), silent | {begins + after: alarm}, labels=labels_of(trouble))


@pytest.mark.parametrize("of", ["reconciliation", "ledger check"])
def test_what_a_new_shop_has_never_done_is_missed_after_two_days(tmp_path: Path, of: str) -> None:
    figures = in_trouble(0, {last(of): "_"}, lasts=2 * DAY + 60, step=10)
    check(tmp_path, figures, {2 * DAY - 10: "", 2 * DAY: "NobodyLooked"}, step=10)


def test_a_ledger_that_was_not_checked_for_two_days_is_told(tmp_path: Path) -> None:
    figures = in_trouble(DAY + 60, {last("ledger check"): "frozen"}, lasts=3 * DAY, step=10)
    check(tmp_path, figures, {3 * DAY: "", 3 * DAY + 10: "NobodyLooked"}, step=10)


def test_every_label_that_a_rule_names_is_one_that_the_shop_gives() -> None:
    ends = {heartbeat.WORKER, heartbeat.SWEEP, "reconciliation", "ledger check"}
    named = set(re.findall(r'\bof=~?"([^"]+)"', RULES.read_text()))
    assert {of for each in named for of in each.split("|")} <= {*books.QUEUES, *ends}
    routes = {route for each in re.findall(r'route!?~?="?([^"]+)"', RULES.read_text()) for route in each.split("|")}
    assert routes - set(probes.ANSWERS) == {"/api/tokens/spend"}
    assert resolve("/api/tokens/spend").route == "api/tokens/spend"


def test_every_alarm_leads_to_its_own_section() -> None:
    headings = re.findall(r"^### (.+)$", OPERATING.partition("\n## Alarms\n")[2], re.MULTILINE)
    anchors = [re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert [rule["annotations"]["page"] for rule in ALARMS.values()] == [
        f"docs/operating.md#{anchor}" for anchor in anchors
    ]
