"""`manage.py new_env --production`: write the settings of a shop for real people, with fresh secrets.

It runs before there are any settings: manage.py calls it without Django's, and the container may print what it writes.
"""

from __future__ import annotations

import os
import re
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.core.management import BaseCommand, CommandError

ROOT = Path(__file__).resolve().parents[3]
# A name that a browser can ask for: letters, digits and hyphens between dots, and no port or path.
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
EMPTY = re.compile(r"^(\w+)=$", re.MULTILINE)
LINES = """\
# Settings of a shop for real people; .env.example lists every one, docs/deploying.md says what belongs here.
# Whoever reads this file can sign in as anybody: keep it from everybody else, and a copy apart from the backups.

DEBUG=false
SECRET_KEY={secret_key}
MFA_ENCRYPTION_KEYS={mfa_key}

# The name customers reach the shop by, and the address that links in emails begin with.
ALLOWED_HOSTS={host}
SITE_URL={site_url}
# One proxy ends TLS in front of the shop.
NUM_PROXIES=1

# PostgreSQL on this machine, as the system user who runs the shop, without a password. compose.yaml has its own.
DATABASE_URL=postgres://soulfra@/soulfra?host=/run/postgresql
# Of the database in compose.yaml, and of nothing else.
POSTGRES_PASSWORD={postgres_password}

# smtp+tls://user:password@mail.example.com:587, or consolemail:// to print emails.
EMAIL_URL=
DEFAULT_FROM_EMAIL={sender}

# Files of exports, where the shop's user may write. The container has its own place.
# MEDIA_ROOT=/var/lib/soulfra/media

# In the footer of pages and emails, and on printed statements.
# SUPPORT_EMAIL=support@shop.example.com
# TERMS_URL=https://shop.example.com/terms
# PRIVACY_URL=https://shop.example.com/privacy
# SHOP_ADDRESS=Example Ltd; 1 High Street

# From Stripe's dashboard. For a trial without real money: STRIPE_ENABLED=false and ALLOW_SANDBOX=true instead, and
# whsec_ with long random text for the webhook secret.
STRIPE_ENABLED=true
STRIPE_SECRET_KEY=
STRIPE_PUBLISHABLE_KEY=
STRIPE_WEBHOOK_SECRET=
"""


class Command(BaseCommand):
    help = "Write the settings of a shop for real people (.env) with fresh secrets, where there are none."
    requires_system_checks = []  # they need settings

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--production", action="store_true", help="needed: `./dev run` writes those of development")
        parser.add_argument("--host", default="", help="the name customers reach the shop by, such as shop.example.com")
        parser.add_argument("--output", type=Path, default=ROOT / ".env", help="the file, .env beside manage.py")
        parser.add_argument("--print", action="store_true", help="print it instead, as from a container")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["production"]:
            raise CommandError(
                "Add --production: this writes settings for real people; `./dev run` writes those of development."
            )
        if options["host"] and not HOST.fullmatch(options["host"]):
            raise CommandError(
                f"--host must be a name such as shop.example.com, without https:// or a port (got {options['host']!r})."
            )
        text = settings_for(options["host"].lower())
        if options["print"]:
            self.stdout.write(text, ending="")
            return
        write_new(options["output"], text)
        self.stdout.write(
            f"{options['output']} is written, readable by you alone. Fill in {', '.join(EMPTY.findall(text))}; then "
            "`./dev manage check --deploy` must report no issues."
        )


def settings_for(host: str) -> str:
    """The text of the file, with secrets that were never used before; what only its owner knows is left empty."""
    return LINES.format(
        secret_key=secrets.token_urlsafe(50),
        mfa_key=Fernet.generate_key().decode(),
        postgres_password=secrets.token_hex(24),
        host=host,
        site_url=f"https://{host}" if host else "",
        sender=f"Soulfra <hello@{host}>" if host else "",
    )


def write_new(file: Path, text: str) -> None:
    """Write a file of its owner's alone, whole or not at all, and never over another. Raises CommandError."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            output.write(text)
        os.link(draft, file)  # unlike a rename, it refuses where something is
    except FileExistsError:
        raise CommandError(
            f"{file} is there and is not overwritten, since its secrets may be in use: move it away first."
        ) from None
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
