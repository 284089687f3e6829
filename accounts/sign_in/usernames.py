"""What a username may be. Emails and pages show it to others, and mail programs turn a web address into a link."""

from __future__ import annotations

from functools import cache

from django.core.exceptions import ValidationError
from publicsuffixlist import PublicSuffixList

BEGINNINGS = ("www.", "http.", "https.", "ftp.")
RESERVED = (".example", ".invalid", ".localhost", ".onion", ".test")  # RFC 2606 and 7686; no registry has them


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def is_web_address(name: str) -> bool:
    """Whether somebody, or a program that looks for links, takes the name for that of a site."""
    name = name.lower().strip(".-+_")
    if name.startswith(BEGINNINGS) or name.endswith(RESERVED):
        return True
    return "." in name and _suffixes().privatesuffix(name) is not None


def refuse_web_addresses(name: str) -> None:
    if is_web_address(name):
        raise ValidationError("A web address can't be a username. Choose a name without “.com” or the like.")


def is_reserved(name: str) -> bool:
    """Whether it is as the name of an account that was erased."""
    return name.lower().startswith("anonymous-")
