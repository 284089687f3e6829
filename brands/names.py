"""Domain names: from whatever people paste to the registrable domain, or a reason why it is none.

IDNA by UTS 46 (https://www.unicode.org/reports/tr46/), suffixes by the Public Suffix List that ships with its library.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from brands.errors import BadDomain

LONGEST = 253
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# Scripts that one language writes together, so that mixing them is no sign of a forgery.
_WRITTEN_TOGETHER = ({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"}, {"HANGUL", "CJK"}, {"BOPOMOFO", "CJK"})


@dataclass(frozen=True)
class DomainName:
    """`domain` is the registrable domain in ASCII; `notes` say what was left out of what was given."""

    domain: str
    notes: tuple[str, ...] = ()
    is_lookalike: bool = False


def parse_domain(given: str) -> DomainName:
    """The registrable domain in what was given: a domain, a host name or an address. Raises BadDomain."""
    text = given.strip()
    if not text:
        raise BadDomain("There is no domain here.")
    # Reading an address drops line breaks and tabs, which would join two domains to a third that nobody named.
    if any(char.isspace() or unicodedata.category(char) == "Cc" for char in text):
        shown = "".join(char if char.isprintable() else " " for char in text)
        raise BadDomain(f"“{_shown(shown)}” has a space or a line break in it: give one domain at a time.")
    host, notes = _host_of(text)
    _refuse_addresses(host)
    ascii_host = _to_ascii(host.rstrip(".。"))
    if "." not in ascii_host:
        raise BadDomain(f"“{_shown(given)}” is a single word: a domain has a suffix, such as .com.")
    registrable = _suffixes().privatesuffix(ascii_host)
    if registrable is None:
        raise BadDomain(_why_not_registrable(given, ascii_host))
    if registrable != ascii_host:
        notes.append(f"“{_shown(for_people(ascii_host))}” is part of {for_people(registrable)}.")
    return DomainName(registrable, tuple(notes), is_lookalike=_mixes_scripts(to_unicode(registrable)))


def to_unicode(domain: str) -> str:
    """The domain as people write it: bücher.de for xn--bcher-kva.de."""
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def for_people(text: Any) -> Any:
    """A domain as people write it, unless that would look like another; anything else as it is."""
    if not isinstance(text, str) or "xn--" not in text:
        return text
    written = to_unicode(text)
    return text if _mixes_scripts(written) else written


def to_ascii_or_none(text: str) -> str | None:
    """A part of a domain as it is kept, such as xn--bcher-kva for bücher; None for what is no part of one."""
    try:
        return idna.encode(text, uts46=True).decode()
    except idna.IDNAError:
        return None


def _host_of(text: str) -> tuple[str, list[str]]:
    notes = []
    if not _SCHEME.match(text) and not text.startswith("//"):
        text = f"//{text}"
    else:
        notes.append("The scheme was left out.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadDomain(f"“{_shown(text.removeprefix('//'))}” is no domain and no address.") from error
    if parts.username or parts.password:
        raise BadDomain("An e-mail address or an address with a password is no domain.")
    if port or parts.path not in ("", "/") or parts.query or parts.fragment:
        notes.append("What follows the domain was left out.")
    return host, notes


def _refuse_addresses(host: str) -> None:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return
    raise BadDomain(f"{host} is the address of a machine, not a domain.")


def _to_ascii(host: str) -> str:
    if len(host) > LONGEST:
        raise BadDomain(f"A domain has at most {LONGEST} characters.")
    try:
        return idna.encode(host, uts46=True, std3_rules=True, transitional=False).decode()
    except idna.IDNAError as error:
        raise BadDomain(f"“{_shown(host)}” is no valid domain: {str(error).rstrip('.')}.") from error


def _why_not_registrable(given: str, ascii_host: str) -> str:
    if _suffixes().publicsuffix(ascii_host) == ascii_host:
        return f"“{_shown(given)}” is a suffix under which domains are registered, not a domain."
    return f"“{_shown(given)}” ends in .{ascii_host.rpartition('.')[2]}, which is no public suffix."


def _mixes_scripts(domain: str) -> bool:
    """Whether letters of several scripts stand in one label, as in a forgery that looks like another name."""
    return any(not _is_one_script(label) for label in domain.split("."))


def _is_one_script(label: str) -> bool:
    scripts = {unicodedata.name(char, "UNKNOWN").split()[0] for char in label if char.isalpha()}
    return len(scripts) < 2 or any(scripts <= together | {"LATIN"} for together in _WRITTEN_TOGETHER)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
