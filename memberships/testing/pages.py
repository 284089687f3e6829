"""How tests read the pages of memberships."""

import re

from django.test import Client

from memberships.testing.members import Member

HOME = "/membership/"


class SignedInMember(Member):
    page: Client


def text_of(response):
    """The words of the page as a reader sees them."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def day(at):
    return f"{at:%b %-d, %Y}"


def home(member):
    return text_of(member.page.get(HOME))


def told(response):
    """Where a POST led, and what is said there."""
    assert (response.status_code, response["Location"]) == (303, HOME)
    return [str(message) for message in response.wsgi_request._messages]
