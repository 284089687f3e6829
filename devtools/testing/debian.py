"""What tests need of Debian beside Python's packages: root gets it installed by `./dev test`."""

from __future__ import annotations

import os
import shutil

from devtools.venv import failure_of


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> str:
    """Install them with apt-get; what it said if it could not, else nothing."""
    print(f"Installing {', '.join(packages)} with apt-get (a minute or two) …", flush=True)
    return _apt_get("update") or install_known(packages)


def install_known(packages: list[str]) -> str:
    """The same, by the lists of packages that are here already."""
    return _apt_get("install", "--yes", "--no-install-recommends", *packages)


def _apt_get(*arguments: str) -> str:
    # Another run on the same machine may be installing.
    return failure_of(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120", *arguments])
