"""What `./dev check` asks of pip-audit: whether a package that production installs has a known vulnerability."""

import json
import subprocess
import sys
from typing import Any

# Exit code of a check that could not be made, as in sysexits.h.
NOT_ASKED = 75
SECONDS_TO_CONNECT = "10"
AUDIT = ["-m", "pip_audit", "--requirement", "requirements.txt", "--disable-pip", "--require-hashes"]
SHOW = ["--format", "json", "--progress-spinner", "off", "--timeout", SECONDS_TO_CONNECT]


def main() -> int:
    asked = subprocess.run([sys.executable, *AUDIT, *SHOW], capture_output=True, text=True)
    packages = _packages(asked.stdout)
    if not any("vulns" in package for package in packages):
        print("the database of vulnerabilities can't be reached from here")
        return NOT_ASKED
    found = _sentences(packages)
    print("\n".join(found))
    return 1 if found else 0


def _packages(output: str) -> list[dict[str, Any]]:
    """What pip-audit says of each package; nothing if it ended before it could."""
    try:
        return list(json.loads(output)["dependencies"])
    except ValueError:
        return []


def _sentences(packages: list[dict[str, Any]]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version yet'}."
        for package in packages
        for vulnerability in package.get("vulns", [])
    ]


if __name__ == "__main__":
    sys.exit(main())
