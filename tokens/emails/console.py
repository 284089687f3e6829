"""Emails in a terminal, for development: who gets it, the subject and the text, with each link whole on one line.

Django's own prints the message as it is sent, with its HTML and its encodings, in which nobody finds a link.
"""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as Printing

LINE = "-" * 79


class EmailBackend(Printing):
    """Prints the text part only, whatever letters the terminal lacks."""

    def write_message(self, message: EmailMessage) -> None:
        heads = {"To": ", ".join(message.recipients()), "From": message.from_email, "Subject": message.subject}
        head = "\n".join(f"{name}: {_one_line(text)}" for name, text in heads.items())
        self._print(f"{LINE}\n{head}\n\n{str(message.body).strip()}\n{LINE}\n")

    def _print(self, text: str) -> None:
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        self.stream.write(text.encode(encoding, errors="replace").decode(encoding))


def _one_line(text: Any) -> str:
    return " ".join(str(text).split())
