"""What tests ask of the emails that were written."""

import re

from tokens.emails import kinds
from tokens.models import Mail


def told(user):
    """The kinds of the user's emails, in the order in which they were written."""
    return list(Mail.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


def only_email():
    return kinds.compose(Mail.objects.get())


def facts(email):
    """The lines of the email's own text that give a figure: what stands before the colon, and after it."""
    found = dict(re.findall(r"^([A-Z][^:\n]*): (?!http)(.+)$", email.text, re.MULTILINE))
    return {name: value for name, value in found.items() if name != "Pro Pack"}
