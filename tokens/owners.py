"""Which process a claim belongs to, and whether that one is gone: then nobody waits until the claim's time is over.

A name says the machine's boot and the process's namespace, its number and when it began, so that no later process is
taken for it. Of processes elsewhere nothing is known.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_BEGAN = 19  # of the fields behind the command's name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html


def this_process() -> str:
    """Its name; "" where the system does not say enough (outside Linux)."""
    return name_of(os.getpid())


def is_gone(name: str) -> bool:
    """Whether a process of this machine, in this namespace, had that name and has ended."""
    here, _, process = name.rpartition("/")
    pid, _, began = process.partition("-")
    return bool(name) and here == _here() and _began(pid) != began


@cache
def name_of(pid: int) -> str:
    """The name of a process of this machine and namespace."""
    here, began = _here(), _began(str(pid))
    return f"{here}/{pid}-{began}" if here and began else ""


@cache
def _here() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _began(pid: str) -> str:
    """When the process began, in ticks since boot; "" if there is none, or only what its parent has not noticed yet."""
    try:
        fields = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[_BEGAN]
