"""What tests ask of the letters that were written."""

import re

from tokens.emails import kinds
from tokens.models import Mail


def told(user):
    """The kinds of the user's letters, in the order in which they were written."""
    return list(Mail.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


def only_letter():
    return kinds.compose(Mail.objects.get())


def facts(letter):
    """The lines of the letter's own text that give a figure: what stands before the colon, and after it."""
    found = dict(re.findall(r"^([A-Z][^:\n]*): (?!http)(.+)$", letter.text, re.MULTILINE))
    return {name: value for name, value in found.items() if name != "Pro Pack"}
