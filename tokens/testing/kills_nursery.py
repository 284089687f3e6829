"""Where processes come from that are there to be killed: a warm one, which forks a shop or a worker in milliseconds.

Run as `python -m tokens.testing.kills_nursery FD`; it obeys one JSON message at a time on that socket, and ends, with
all its children, when the other side closes it. `kills_processes.py` is the other side.
"""

import contextlib
import json
import mmap
import os
import signal
import socket
import sys
import threading
from datetime import timedelta

from devtools.processes import die_with_parent

# What a process can be in the middle of; a byte of its activity file counts each, readable after its death.
PHASES = ("start", "purchase", "spend", "holds", "refund", "webhook", "sweep")
living: set[int] = set()


class Activity:
    def __init__(self, path):
        with open(path, "r+b") as file:
            self._counts = mmap.mmap(file.fileno(), len(PHASES))
        self._lock = threading.Lock()

    def begin(self, phase, by=1):
        with self._lock:
            self._counts[PHASES.index(phase)] += by

    @contextlib.contextmanager
    def during(self, phase):
        self.begin(phase)
        try:
            yield
        finally:
            self.begin(phase, by=-1)


def warm_up():
    """Import and resolve everything a request needs; no thread and no connection is left for a fork to inherit."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "soulfra.settings"
    from django.conf import settings

    settings.ROOT_URLCONF = "tokens.testing.kills_desk"
    from django.db import connections
    from django.test import Client

    import soulfra.wsgi

    assert Client(HTTP_HOST="localhost").get("/api/tokens/packages").status_code == 200
    connections.close_all()
    return soulfra.wsgi.application


def serve(application, listener, activity):
    """What `./dev run` and `manage.py runserver` run: Django's threaded server."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    class Handler(WSGIRequestHandler):
        disable_nagle_algorithm = True

        def log_message(self, format, *args):
            pass

    def watched(environ, start_response):
        phase = next((part for part in environ["PATH_INFO"].split("/") if part in PHASES), None)
        with activity.during(phase) if phase else contextlib.nullcontext():
            return application(environ, start_response)

    server = ThreadedWSGIServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = listener.getsockname()
    server.setup_environ()
    server.set_app(watched)
    activity.begin("start", by=-1)
    server.serve_forever()


def sweep_for_ever(activity):
    """`manage.py worker`, in a hurry: refunds and usages that wait a minute elsewhere are due here at once.

    Not so purchases: asking Stripe would hide that a webhook was answered and its work not done.
    """
    from django.core.management import call_command

    import tokens.sweep
    from tokens.ledger import posting
    from tokens.purchases import refunds

    refunds.SENT_AGAIN_AFTER = posting.POSTED_AFTER = timedelta(0)
    sweep = tokens.sweep.sweep

    def watched():
        with activity.during("sweep"):
            return sweep()

    tokens.sweep.sweep = watched  # the command imports it only now
    activity.begin("start", by=-1)
    call_command("worker", every=0.2)


def fork(life):
    """Start `life` in a child; its process id."""
    follow_to_the_grave = die_with_parent(signal.SIGKILL)
    pid = os.fork()
    if pid:
        living.add(pid)
        return pid
    try:
        follow_to_the_grave()
        life()
    finally:
        os._exit(1)


def kill(pid):
    """End a child at once, and bury it; the signal it died of, which is another one if it had died before."""
    living.remove(pid)
    os.kill(pid, signal.SIGKILL)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def obey(order, fds, application):
    """Do what the message says; the answer."""
    if order["do"] == "kill":
        return {"signal": kill(order["pid"])}
    activity = Activity(order["activity"])
    if order["do"] == "worker":
        return {"pid": fork(lambda: sweep_for_ever(activity))}
    with socket.socket(fileno=fds[0]) as listener:
        return {"pid": fork(lambda: serve(application, listener, activity))}


def main(fd):
    with socket.socket(fileno=fd) as control:
        application = warm_up()
        control.sendall(b"{}")
        while True:
            message, fds, _, _ = socket.recv_fds(control, 65536, 1)
            if not message:
                break
            control.sendall(json.dumps(obey(json.loads(message), fds, application)).encode())
    for pid in list(living):
        kill(pid)


if __name__ == "__main__":
    main(int(sys.argv[1]))
