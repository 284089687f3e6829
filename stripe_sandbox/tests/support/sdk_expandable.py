"""What the installed SDK's types say may be expanded; run as a module it writes `api/expandable.json`."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import stripe

from stripe_sandbox.objects import shapes

TABLE = Path(__file__).parents[2] / "api" / "expandable.json"


def expandable() -> dict[str, list[str]]:
    """Of each object the sandbox has: the fields, as dotted paths, whose ids may be replaced by what they name."""
    found: dict[str, list[str]] = {}
    for file in Path(stripe.__file__).parent.rglob("_*.py"):
        for node in ast.parse(file.read_text()).body:
            name = _object_name(node) if isinstance(node, ast.ClassDef) else None
            if isinstance(node, ast.ClassDef) and name and name in shapes.KINDS:
                found[name] = sorted(set(_paths(node)))
    return dict(sorted(found.items()))


def _object_name(node: ast.ClassDef) -> str | None:
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id == "OBJECT_NAME":
            return (
                line.value.value if isinstance(line.value, ast.Constant) and isinstance(line.value.value, str) else None
            )
    return None


def _paths(node: ast.ClassDef) -> Iterator[str]:
    nested = {line.name: line for line in node.body if isinstance(line, ast.ClassDef)}
    for line in node.body:
        if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)):
            continue
        kind = ast.unparse(line.annotation)
        if "ExpandableField[" in kind:
            yield line.target.id
        for name, part in nested.items():
            if name in _names(line.annotation):
                yield from (f"{line.target.id}.{path}" for path in _paths(part))


def _names(annotation: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}


if __name__ == "__main__":
    TABLE.write_text(json.dumps(expandable(), indent=1) + "\n")
