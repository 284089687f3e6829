"""A real mail server for tests: SMTP on a loopback port of its own, in a thread, that may be told what to refuse."""

import asyncio
import contextlib
import email
import email.policy
import time

from aiosmtpd.controller import Controller


class Postbox:
    """What the server has taken, and how it answers."""

    def __init__(self):
        self.emails = []
        self.connections = 0
        self.refused = {}  # address: the reply to its RCPT
        self.reply_to_data = {}  # address: the reply after the whole email
        self.seconds = 0.0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802  aiosmtpd calls it so
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd calls it so
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd calls it so
        await asyncio.sleep(self.seconds)
        reply = self.reply_to_data.get(envelope.rcpt_tos[0])
        if reply is None:
            self.emails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return reply or "250 Taken"


class _Server(Controller):
    def _trigger_server(self):
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]  # the one the system chose
        super()._trigger_server()


@contextlib.contextmanager
def running_mail_server():
    """The postbox of a running server, and the EMAIL_URL that leads to it."""
    postbox = Postbox()
    server = _Server(postbox, hostname="127.0.0.1", port=0)
    server.start()
    try:
        yield postbox, f"smtp://127.0.0.1:{server.port}"
    finally:
        time.sleep(0.05)  # lets a connection that was just closed end by itself
        server.stop()
