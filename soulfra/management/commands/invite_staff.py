"""`manage.py invite_staff USERNAME`: print the link with which a member of staff sets up two-factor authentication.

For the first superuser, and whoever has no superuser to ask. The link is the last line printed.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from soulfra.backoffice import invitations
from tokens.staff.errors import NothingToSend


class Command(BaseCommand):
    help = "Print a link with which a member of staff sets up two-factor authentication. It works once, for 48 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Unknown user “{options['username']}”.")
        try:
            invitation = invitations.make(user, by=None)
        except NothingToSend as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Invitation for {user.username} (works once, within 48 hours):")
        self.stdout.write(invitations.link_of(invitation))
