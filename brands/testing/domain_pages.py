"""How tests read the pages of domains."""

import re

HOME = "/domains/"


def text_of(response):
    """The words of the page as a reader sees them."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def listed(response):
    return [brand.domain for brand in response.context["page"].brands]


def told(response, *, at=HOME):
    """Where a POST led, and what is said there."""
    assert (response.status_code, response["Location"]) == (303, at)
    return [str(message) for message in response.wsgi_request._messages]
