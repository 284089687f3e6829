"""The image, built and started without an engine: its size, whose its code is, and a shop that runs in it, read-only.

buildah makes it in a chroot. Where no registry of images can be reached, the base is the same Debian, made by
mmdebstrap from Debian's own archive. It is started as compose.yaml has it: user 10001, a read-only root, no capability.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devtools import processes
from devtools.trials import machine, postgres, proxies, shop
from devtools.trials.load import Address, Load, audit
from devtools.trials.machine import HOST, Machine, expect, need, wait
from devtools.trials.machine import run as command
from devtools.venv import ROOT

MOST_MEGABYTES = 350
USER = 10001
# What Debian's own slim images leave out too.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
INSIDE = """\
set -eu
mount --bind {root} {root}
mount --bind {media} {root}/srv/media
mount -t tmpfs -o mode=1777 none {root}/tmp
mount --rbind /dev {root}/dev
mount --rbind /proc {root}/proc
mount -o remount,bind,ro {root}
exec {chroot} {root} /usr/bin/env -i {env} /usr/bin/setpriv --reuid={user} --regid={user} --clear-groups \\
    --bounding-set=-all --inh-caps=-all --no-new-privs /bin/sh -c 'cd /srv/soulfra && exec "$@"' sh {command}
"""


@dataclass(frozen=True)
class Image:
    """An image whose files lie in `root`, as an engine would lay them out; `settings` are those of its container."""

    there: Machine
    root: Path
    settings: dict[str, str]

    def starts(self, *arguments: str) -> list[str]:
        """What starts a command in a container of this image, in namespaces that end with it."""
        env = {"PATH": "/opt/venv/bin:/usr/bin:/bin", "PYTHONUNBUFFERED": "1", "MEDIA_ROOT": "/srv/media"}
        script = INSIDE.format(
            root=self.root,
            media=self.there.path("/media/x").parent,
            chroot=need("chroot", "coreutils"),
            env=" ".join(shlex.quote(f"{name}={value}") for name, value in (env | self.settings).items()),
            user=USER,
            command=shlex.join(arguments),
        )
        return ["unshare", "--mount", "--", "sh", "-c", script]

    def run(self, *arguments: str) -> str:
        return command(self.starts(*arguments))


def run() -> dict[str, str]:
    expect(os.geteuid() == 0, "the image is built and started as root: run this with sudo.")
    with machine.machine() as there:
        return _try(there)


def _try(there: Machine) -> dict[str, str]:
    store = ["--root", str(there.path("/images/store")), "--runroot", str(there.path("/images/run"))]
    buildah = [need("buildah"), *store]
    began = time.monotonic()
    base = _base(there, buildah)
    print("Building the image …", flush=True)
    _build(buildah, base)
    built = f"{time.monotonic() - began:.0f} s, on {base or 'the base that Dockerfile names'}"
    with _laid_out(buildah) as root, postgres.primary(there) as database:
        megabytes = _size(root)
        expect(megabytes < MOST_MEGABYTES, f"the image has {megabytes} MB, more than {MOST_MEGABYTES}.")
        return {"built in": built, "size": f"{megabytes} MB"} | _serve(there, root, database)


def _base(there: Machine, buildah: list[str]) -> str:
    """ "" where the base of Dockerfile can be had, else the name of our own."""
    pinned = (ROOT / "Dockerfile").read_text().partition("ARG BASE=")[2].split()[0]
    expect("@sha256:" in pinned, "Dockerfile does not name its base by a digest.")
    pull = subprocess.run(
        [*buildah, "pull", "--quiet", f"docker.io/library/{pinned}"], capture_output=True, timeout=300
    )
    if not pull.returncode:
        return ""
    print("No registry of images can be reached: making a Debian 13 with mmdebstrap …", flush=True)
    archive = there.path("/images/base.tar")
    left_out = [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    command([need("mmdebstrap"), "--variant=minbase", "--include=ca-certificates", *left_out, "trixie", str(archive)])
    made = command([*buildah, "from", "scratch"]).strip()
    command([*buildah, "add", "--quiet", made, str(archive), "/"])
    command([*buildah, "commit", "--quiet", "--rm", made, "soulfra-base"])
    return "localhost/soulfra-base"


def _build(buildah: list[str], base: str) -> None:
    build = [*buildah, "build", "--isolation", "chroot", "--format", "docker", "--tag", "soulfra"]
    build += ["--build-arg", f"BASE={base}"] if base else []
    # The authorities that this machine trusts, for package indexes that are reached through a proxy.
    build += ["--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"]
    command([*build, str(ROOT)], seconds=1200)


@contextlib.contextmanager
def _laid_out(buildah: list[str]) -> Iterator[Path]:
    made = command([*buildah, "from", "localhost/soulfra"]).strip()
    try:
        yield Path(command([*buildah, "mount", made]).strip())
    finally:
        command([*buildah, "umount", made])
        command([*buildah, "rm", made])


def _size(root: Path) -> int:
    """Megabytes of all its files, each once."""
    return round(int(command(["du", "--bytes", "--summarize", str(root)]).split()[0]) / 1e6)


def _serve(there: Machine, root: Path, database: postgres.Server) -> dict[str, str]:
    port = machine.free_port()
    image = Image(there, root, {})
    written = there.path("/srv/env")
    written.write_text(image.run("python", "manage.py", "new_env", "--production", "--host", HOST, "--print"))
    shop.fill_in(written, **shop.FILLED_IN, DATABASE_URL=database.url(), PORT=str(port), WEB_ADDRESS="127.0.0.1")
    shop.fill_in(written, STRIPE_WEBHOOK_SECRET="whsec_" + os.urandom(16).hex(), SANDBOX_STORE="/srv/media/store.db")
    lines = [
        line.split("=", 1) for line in written.read_text().splitlines() if "=" in line and not line.startswith("#")
    ]
    image = Image(there, root, dict(lines))
    os.chown(there.path("/media/x").parent, USER, USER)
    found = _what_it_may(image)
    image.run("python", "manage.py", "migrate", "--no-input", "--verbosity=0")
    return found | _ask(there, image, port, database)


def _what_it_may(image: Image) -> dict[str, str]:
    status = image.run("cat", "/proc/self/status")
    capabilities = {line.split()[1] for line in status.splitlines() if line.startswith("Cap")}
    expect(capabilities == {"0000000000000000"}, f"the shop has capabilities: {capabilities}.")
    expect(
        "NoNewPrivs:\t1" in status and f"Uid:\t{USER}" in status, "the shop may gain privileges, or is another user."
    )
    for place in ("/srv/soulfra", "/opt/venv", "/etc", "/srv/soulfra/staticfiles", "/usr/local"):
        refused = subprocess.run(image.starts("touch", f"{place}/x"), capture_output=True)
        expect(refused.returncode, f"the shop may write to {place}.")
    image.run("touch", "/srv/media/x", "/tmp/x")  # noqa: S108  that of the container
    own = command(["find", str(image.root / "srv/soulfra"), str(image.root / "opt/venv"), "-user", str(USER)])
    expect(not own, f"some of the code is the shop's own: {own[:200]}")
    return {"its user": f"{USER}, no capability, writes to /srv/media and /tmp alone; none of the code is its own"}


def _ask(there: Machine, image: Image, port: int, database: postgres.Server) -> dict[str, str]:
    with open(there.log("container"), "ab") as output:
        began = time.monotonic()
        web = processes.start(
            image.starts("python", "manage.py", "serve_shop", "--no-migrate"), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait(lambda: shop.answers(port), seconds=60, what="the container answers", log=there.log("container"))
            found = {"from start to the first answer": f"{time.monotonic() - began:.1f} s"}
            keys = shop.keys_in(
                image.run("python", "manage.py", "shell", "-c", shop.CUSTOMERS.format(first=1, count=4, packs=20))
            )
            with proxies.nginx(there, port) as proxy, Load(Address(proxy.https, proxy.certificate), keys) as load:
                time.sleep(8)
        finally:
            processes.end(web, seconds=30)
    return found | load.figures() | audit(database.url("postgres"), load)
