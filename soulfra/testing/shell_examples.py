"""Runs the examples of the API's guides as their readers do: line by line in a shell, against a running shop."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from soulfra.templatetags.api_guide import EXAMPLES

INCLUDED = re.compile(r'{% (?:example|include) "([^"]+)" %}')
LEFT_OUT = "…"
# Which differ from one customer to the next.
IDS = ("id", "ids", "user_id", "usage")


def in_reading_order(templates: Path, page: str) -> list[str]:
    """The names of the examples on a page, with the templates that it includes."""
    names: list[str] = []
    for name in INCLUDED.findall((templates / page).read_text()):
        names += in_reading_order(templates, name) if name.endswith(".html") else [name]
    return names


def steps(name: str) -> list[tuple[str, str]]:
    """The commands of an example, and what the guide says that each prints."""
    parts = re.split(r"^\$ ", (EXAMPLES / name).read_text(), flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        lines = part.splitlines()
        ends = next(number for number, line in enumerate(lines) if not _goes_on("\n".join(lines[: number + 1])))
        found.append(("\n".join(lines[: ends + 1]), "\n".join(lines[ends + 1 :])))
    return found


def _goes_on(command: str) -> bool:
    return command.endswith("\\") or command.count("'") % 2 == 1


@dataclass
class Shell:
    """One customer's shell. IDs that the guide prints stand for those that came instead, also in later commands."""

    env: dict[str, str]
    ids: dict[int, int] = field(default_factory=dict)

    def run(self, name: str) -> None:
        """Run an example. Raises AssertionError where something else comes than the guide says."""
        commands = ""
        for command, expected in steps(name):
            commands += re.sub(r"/(\d+)\b", lambda found: f"/{self._real(int(found[1]))}", command) + "\n"
            if expected:
                done = subprocess.run(
                    ["bash", "-c", commands], env=os.environ | self.env, capture_output=True, text=True, timeout=60
                )
                assert done.returncode == 0, (name, done.stderr)
                self._compare(name, expected, done.stdout)

    def _real(self, id: int) -> int:
        return self.ids.get(id, id)

    def _compare(self, name: str, expected: str, printed: str) -> None:
        (wanted, wanted_rest), (came, came_rest) = _json_first(expected), _json_first(printed)
        self._same(wanted, came, f"{name}: {printed}")
        r_is_any = re.sub(r";r=\d+", ";r=", came_rest.strip())
        assert r_is_any == re.sub(r";r=\d+", ";r=", wanted_rest.strip()), (name, printed)

    def _same(self, wanted: Any, came: Any, where: str, key: str = "") -> None:
        if isinstance(wanted, dict):
            assert isinstance(came, dict), where
            names = wanted.keys() - {LEFT_OUT}
            assert names <= came.keys() if LEFT_OUT in wanted else names == came.keys(), where
            for each in names:
                self._same(wanted[each], came[each], where, each)
        elif isinstance(wanted, list):
            assert len(came) == len(wanted), where
            for one, other in zip(wanted, came, strict=True):
                self._same(one, other, where, key)
        elif key in IDS:
            assert self.ids.setdefault(wanted, int(came)) == came, where
        elif isinstance(wanted, str):
            assert re.fullmatch(self._pattern(wanted), str(came)), (wanted, where)
        else:
            assert wanted == came, where

    def _pattern(self, text: str) -> str:
        real = re.sub(r"\b\d+\b", lambda found: str(self._real(int(found[0]))), text) if "Hold " in text else text
        return ".*".join(map(re.escape, real.split(LEFT_OUT)))


def _json_first(text: str) -> tuple[Any, str]:
    """The JSON that a text begins with, if it does, and what comes after it."""
    try:
        found, end = json.JSONDecoder().raw_decode(text.lstrip())
    except ValueError:
        return None, text
    return (found, text.lstrip()[end:]) if isinstance(found, dict) else (None, text)
