"""nginx, Caddy and pgbouncer of Debian, with the files that are shipped: only places, ports and names are others."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

from devtools import processes
from devtools.trials.machine import HOST, NOBODY, Machine, free_port, need, nobody, run, wait
from devtools.trials.postgres import Server
from devtools.venv import ROOT

NGINX = """\
daemon off; pid {root}/nginx.pid; error_log {root}/error.log; worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    access_log {root}/access.log;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/f;
    uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
    include {root}/soulfra.conf;
}}
"""


class Front:
    """A proxy that listens: `https` and `http` are its ports on loopback, `certificate` is its own authority."""

    def __init__(self, machine: Machine) -> None:
        self.https, self.http = free_port(), free_port()
        self.certificate = machine.path("/etc/ssl/shop.crt")
        self.key = machine.path("/etc/ssl/shop.key")
        if not self.certificate.exists():
            command = [
                need("openssl"),
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={HOST}",
            ]
            command += [
                "-addext",
                f"subjectAltName=DNS:{HOST}",
                "-keyout",
                str(self.key),
                "-out",
                str(self.certificate),
            ]
            run(command)


class Nginx(Front):
    """deploy/nginx/soulfra.conf, asking the shop at `port`."""

    def __init__(self, machine: Machine, port: int) -> None:
        super().__init__(machine)
        self.home = machine.path("/etc/nginx/x").parent
        main = self.home / "nginx.conf"
        main.write_text(NGINX.format(root=self.home))
        self.command = [need("nginx"), "-c", str(main), "-p", str(self.home), "-e", str(self.home / "error.log")]
        self.write(port)

    def write(self, port: int) -> None:
        text = (ROOT / "deploy/nginx/soulfra.conf").read_text()
        text = "\n".join(line for line in text.splitlines() if "listen [::]" not in line)
        for old, new in {
            "listen 80": f"listen 127.0.0.1:{self.http}",
            "listen 443": f"listen 127.0.0.1:{self.https}",
            "127.0.0.1:5001": f"127.0.0.1:{port}",
            f"/etc/letsencrypt/live/{HOST}/fullchain.pem": str(self.certificate),
            f"/etc/letsencrypt/live/{HOST}/privkey.pem": str(self.key),
        }.items():
            text = text.replace(old, new)
        (self.home / "soulfra.conf").write_text(text)

    def point_at(self, port: int) -> None:
        """Ask the shop at another port from now on; what is under way is finished."""
        self.write(port)
        run([*self.command, "-s", "reload"])


@contextlib.contextmanager
def nginx(machine: Machine, port: int) -> Iterator[Nginx]:
    front = Nginx(machine, port)
    run([*front.command, "-t"])
    with _listening(machine, "nginx", front.command, front.https):
        yield front


@contextlib.contextmanager
def caddy(machine: Machine, port: int) -> Iterator[Front]:
    """deploy/caddy/Caddyfile in front of the shop, with a certificate of our own: no authority is asked."""
    front, file = Front(machine), machine.path("/etc/caddy/Caddyfile")
    text = (ROOT / "deploy/caddy/Caddyfile").read_text()
    for old, new in {
        "{\n\tservers": f"{{\n\tadmin off\n\thttp_port {front.http}\n\thttps_port {front.https}\n\tservers",
        f"\n{HOST} {{": f"\n{HOST} {{\n\tbind 127.0.0.1\n\ttls {front.certificate} {front.key}",
        "127.0.0.1:5001": f"127.0.0.1:{port}",
    }.items():
        text = text.replace(old, new)
    file.write_text(text)
    command = [need("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]
    with _listening(machine, "caddy", command, front.https, HOME=str(machine.root)):
        yield front


@contextlib.contextmanager
def pgbouncer(machine: Machine, server: Server) -> Iterator[str]:
    """deploy/pgbouncer/pgbouncer.ini in front of the database; yields the WEB_DATABASE_URL that leads through it."""
    home, port = machine.path("/etc/pgbouncer/x").parent, free_port()
    text = (ROOT / "deploy/pgbouncer/pgbouncer.ini").read_text()
    for old, new in {
        "host=127.0.0.1 ": f"host=127.0.0.1 port={server.port} ",
        "listen_port = 6432": f"listen_port = {port}",
        "auth_type = scram-sha-256": "auth_type = trust",
        "/etc/pgbouncer/": f"{home}/",
        "/var/log/postgresql/": f"{home}/",
        "/var/run/postgresql/": f"{home}/",
    }.items():
        text = text.replace(old, new)
    (home / "pgbouncer.ini").write_text(text)
    (home / "userlist.txt").write_text('"soulfra" "x"\n')
    if nobody():
        shutil.chown(home, NOBODY, NOBODY)
    with _listening(machine, "pgbouncer", [need("pgbouncer"), str(home / "pgbouncer.ini")], port, as_nobody=True):
        yield f"postgres://soulfra@127.0.0.1:{port}/soulfra_web"


@contextlib.contextmanager
def _listening(
    machine: Machine, name: str, command: list[str], port: int, *, as_nobody: bool = False, **env: str
) -> Iterator[None]:
    who = nobody() if as_nobody else {}
    with open(machine.log(name), "ab") as output:
        process = processes.start(command, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT, **who)
    try:
        wait(lambda: processes.listens(("127.0.0.1", port)), seconds=20, what=f"{name} listens")
        yield
    finally:
        processes.end(process)
