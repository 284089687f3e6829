"""A Python client, generated from a running shop's schema as engineers do it, and imported."""

from __future__ import annotations

import importlib
import itertools
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_numbers = itertools.count(1)
CONFIG = {
    # It knows no CSV as a body of its own; as bytes it is the same.
    "content_type_overrides": {"text/csv": "application/octet-stream"},
    "post_hooks": [],
}


class GeneratedClient:
    """`call("spending.spend_tokens")` is the function that makes this call; `model("Spend")` a class for a body."""

    def __init__(self, schema_url: str, directory: Path) -> None:
        self.package = f"generated_client_{next(_numbers)}"
        config = directory / "config.json"
        config.write_text(json.dumps(CONFIG))
        into = ["--output-path", str(directory / self.package), "--meta", "none", "--config", str(config)]
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--url", schema_url, *into]
        done = subprocess.run([*command, "--fail-on-warning"], capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"No client could be made of the schema:\n{done.stdout}{done.stderr}")
        sys.path.insert(0, str(directory))

        self.http: Any = None

    def authenticate(self, address: str, key: str) -> None:
        """Let it call the shop at this address with this key."""
        self.http = self.module("client").AuthenticatedClient(base_url=address, token=key)

    def module(self, name: str) -> ModuleType:
        """One of its modules."""
        return importlib.import_module(f"{self.package}.{name}")

    def call(self, name: str) -> ModuleType:
        """The module of a call, with `sync` and `sync_detailed`."""
        return self.module(f"api.{name}")

    def model(self, name: str) -> type:
        """The class of a component of the schema."""
        found: type = getattr(self.module("models"), name)
        return found
