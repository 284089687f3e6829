"""What README, CONTRIBUTING and docs/ name exists, so that nobody follows a path that has moved."""

from __future__ import annotations

import importlib
import importlib.util
import re
import runpy
import tomllib
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])
TEXTS = {str(file.relative_to(ROOT)): file.read_text() for file in DOCUMENTS}
CODE = re.compile(r"`([^`\n]+)`")
# From the root: a path with a slash, or a file that stands there. `path.py::name` is something defined in that file.
PATH = re.compile(r"((?:[\w.*-]+/)+[\w.*-]*|[\w*.-]+\.(?:toml|yaml|in|md|example))(?:::(\w+))?")
DOTTED = re.compile(r"((?:accounts|brands|memberships|soulfra|tokens)(?:\.\w+){2,})(?:\(.*\))?")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
# What a recipe makes, and what others call theirs.
NOT_HERE = {"application/json", "sub_…"}


def named(pattern: re.Pattern[str]) -> list[tuple[str, ...]]:
    """(document, *groups of the pattern), for each piece of code in the documents that is nothing else."""
    found = {
        (document, *match.groups(default=""))
        for document, text in TEXTS.items()
        for code in CODE.findall(text)
        if code not in NOT_HERE and (match := pattern.fullmatch(code))
    }
    return sorted(found)


def is_defined(path: str, name: str) -> bool:
    files = [file for file in ROOT.glob(path) if "__pycache__" not in file.parts]
    defined = re.compile(rf"^ *(?:def|class|async def) {name}\b|^{name}\b.*=", re.MULTILINE)
    return any(not name or defined.search(file.read_text()) for file in files)


def can_be_imported(dotted: str) -> bool:
    module, *rest = dotted.split(".")
    found = importlib.import_module(module)
    for part in rest:
        if not hasattr(found, part) and importlib.util.find_spec(f"{found.__name__}.{part}"):
            importlib.import_module(f"{found.__name__}.{part}")
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def test_every_path_in_the_docs_exists_and_defines_what_it_is_said_to():
    paths = named(PATH)
    assert len(paths) > 100
    assert [row for row in paths if not is_defined(*row[1:])] == []


def test_every_dotted_name_in_the_docs_can_be_imported():
    names = named(DOTTED)
    assert len(names) > 5
    assert [row for row in names if not can_be_imported(row[1])] == []


def test_every_link_between_documents_leads_somewhere():
    links = [(document, link) for document, text in TEXTS.items() for link in LINK.findall(text)]
    assert len(links) > 20
    assert [row for row in links if not (ROOT / row[0]).parent.joinpath(row[1]).exists()] == []


def test_every_command_in_the_docs_is_one():
    text = "\n".join(TEXTS.values())
    assert set(re.findall(r"(?:`|\$ |\()\./dev ([a-z]+)", text)) <= set(runpy.run_path(str(ROOT / "dev"))["VERBS"])
    assert set(re.findall(r"(?:\./dev manage|`manage\.py|(?:`|\$ )soulfra) ([a-z_]+)", text)) <= set(get_commands())


def test_the_readme_shows_the_sample_that_it_runs():
    sample = (ROOT / "docs/samples/meter.py").read_text()
    assert sample.partition('"""\n\n')[2].strip() in TEXTS["README.md"]


def test_the_table_of_registrations_names_what_each_file_offers():
    table = TEXTS["docs/architecture.md"].partition("## Registrations")[2]
    lines = [line.split(" | ") for line in table.splitlines() if line.startswith("|") and "`" in line]
    rows = [(name, line[2].strip("`")) for line in lines for name in re.findall(r"(?:@|= )(\w+)", line[1])]
    assert len(rows) >= 12
    for name, path in rows:
        assert re.search(rf"^(?:def )?{name}\b", (ROOT / path).read_text(), re.MULTILINE), f"{path} offers no {name}."


def test_the_newest_version_in_the_changelog_is_the_projects():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = re.findall(r"^## ([\d.]+) \(\d{4}-\d\d-\d\d\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == project["version"]
