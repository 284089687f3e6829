"""Test files can be found, read, renamed and split: short, in packages, and imported by nobody."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"]
FILES = sorted(path.relative_to(ROOT) for app in APPS for path in (ROOT / app).rglob("*.py"))
TESTS = [path for path in FILES if "tests" in path.parts and path.name.startswith("test_")]
LONGEST = 400


def imported_by(path: Path) -> Iterator[str]:
    """Every module that the file names in an import, and every name that it takes from one."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(path.parts[: -node.level]) if node.level else ""
            module = ".".join(filter(None, [package, node.module]))
            yield from [module, *(f"{module}.{alias.name}" for alias in node.names)]


def test_what_tests_share_is_in_no_test_file() -> None:
    modules = {".".join(path.with_suffix("").parts) for path in TESTS}
    found = [f"{path} imports {name}" for path in FILES for name in imported_by(path) if name in modules]
    assert found == []


def test_no_test_file_is_too_long_to_be_read() -> None:
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in TESTS}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_every_folder_of_tests_is_a_package_and_every_test_is_in_one() -> None:
    assert TESTS
    folders = {path.parent for path in TESTS}
    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []
