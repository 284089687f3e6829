"""Domain names: from whatever people paste to the registrable domain, or a sentence that says what to write instead.

Suffixes by the Public Suffix List that ships with its library; letters and emoji by `brands.idn`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import ip_address
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from brands.errors import BadDomain
from brands.idn import JOINER, LONGEST_LABEL, PREFIX, is_symbol, label_to_ascii, mapped, to_unicode

LONGEST = 253
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_TOO_LONG = f"has a part that is too long: between two dots, {LONGEST_LABEL} characters are the most"
# What is copied along with a name: quotes, brackets, the comma after it.
_AROUND = " \"'“”‘’«»()[]{}<>,;:!?"
# Scripts that one language writes together, so that mixing them is no sign of a forgery.
_WRITTEN_TOGETHER = ({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"}, {"HANGUL", "CJK"}, {"BOPOMOFO", "CJK"})


@dataclass(frozen=True)
class DomainName:
    """`domain` is the registrable domain in ASCII; `notes` say what was made of what was given."""

    domain: str
    notes: tuple[str, ...] = ()
    is_lookalike: bool = False


def parse_domain(given: str) -> DomainName:
    """The registrable domain in what was given: a domain, a host name or an address. Raises BadDomain."""
    text = given.strip()
    if not text:
        raise BadDomain("Enter a domain, such as example.com.")
    # Reading an address drops line breaks and tabs, which would join two domains to a third that nobody named.
    if any(char.isspace() or unicodedata.category(char) == "Cc" for char in text):
        shown = "".join(char if char.isprintable() else " " for char in text[:LONGEST])
        raise BadDomain(f"“{_shown(shown)}” has a space or a line break in it: give one domain at a time.")
    host, is_longer = _host_of(text)
    _refuse_addresses(host)
    ascii_host = _to_ascii(host, given)
    if "." not in ascii_host:
        raise BadDomain(f"“{_shown(given)}” is a single word: a domain has a suffix, such as .com.")
    registrable = _suffixes().privatesuffix(ascii_host)
    if registrable is None:
        raise BadDomain(_why_not_registrable(given, ascii_host))
    notes: tuple[str, ...] = ()
    if is_longer or registrable != ascii_host:
        notes = (
            f"We shortened {_shown(_without_path(text).replace(host, for_people(host)))} to {for_people(registrable)}.",
        )
    return DomainName(registrable, notes, is_lookalike=_mixes_scripts(to_unicode(registrable)))


def is_domain(text: str) -> bool:
    """Whether it is a domain, or an address that has one."""
    try:
        return "." in text and bool(parse_domain(text))
    except BadDomain:
        return False


def for_people(text: Any) -> Any:
    """A domain as people write it, unless that would look like another; anything else as it is."""
    if not isinstance(text, str) or PREFIX not in text:
        return text
    written = to_unicode(text)
    return text if _mixes_scripts(written) else written


def _host_of(text: str) -> tuple[str, bool]:
    """The host, and whether something stands before or after it. Raises BadDomain."""
    is_longer = bool(_SCHEME.match(text)) or text.startswith("//")
    if not is_longer:
        text = f"//{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadDomain(f"“{_shown(text.removeprefix('//'))}” isn't a domain or an address.") from error
    if parts.username or parts.password:
        raise BadDomain(f"An email address, or an address with a password, isn't a domain.{_instead(host)}")
    return host, is_longer or bool(port or parts.path not in ("", "/") or parts.query or parts.fragment)


def _without_path(text: str) -> str:
    """An address for people to read, of which only the host is of interest."""
    start = text.find("//") + 2 if _SCHEME.match(text) or text.startswith("//") else 0
    end = min((place for sign in "/?#" if (place := text.find(sign, start)) >= 0), default=len(text))
    return text[:end] + ("/…" if len(text) > end + 1 else text[end:])


def _refuse_addresses(host: str) -> None:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return
    raise BadDomain(f"{host} is the address of a machine, not a domain.")


def _to_ascii(host: str, given: str) -> str:
    if len(host) > LONGEST:
        raise BadDomain(f"A domain has at most {LONGEST} characters.")
    if not host.strip("."):
        raise BadDomain(f"“{_shown(given)}” has no domain in it. Enter one, such as example.com.")
    labels = _labels(host)
    found = [_ascii_or_none(label) for label in labels]
    for position, (label, in_ascii) in enumerate(zip(labels, found, strict=True)):
        if in_ascii is None:
            raise BadDomain(f"“{_shown(given)}” {_fault_of(label, is_first=not position)}.{_instead(host)}")
    ascii_host = ".".join(label for label in found if label)
    if len(ascii_host) > LONGEST:
        raise BadDomain(f"A domain has at most {LONGEST} characters.")
    return ascii_host


def _labels(host: str) -> list[str]:
    """The host's labels, each in its usual form if it has one; dots of other scripts separate them too."""
    usual = _mapped_or_none(host)
    if usual is None:
        usual = "".join(char if (found := _mapped_char(char)) is None else found for char in host)
    return usual.rstrip(".").split(".")


@lru_cache(maxsize=4096)
def _mapped_char(char: str) -> str | None:
    """A file may hold millions of characters that cannot be mapped, and each takes its time: but few different ones."""
    return _mapped_or_none(char)


def _mapped_or_none(text: str) -> str | None:
    try:
        return mapped(text)
    except idna.IDNAError:
        return None


def _ascii_or_none(label: str) -> str | None:
    try:
        return label_to_ascii(label)
    except idna.IDNAError:
        return None


def _fault_of(label: str, *, is_first: bool) -> str:
    """What is wrong with a label, in words for the sentence about the whole name."""
    if not label:
        return "begins with a dot" if is_first else "has two dots in a row"
    if "*" in label:
        return "is a wildcard, which stands for many names"
    if "_" in label:
        return "has an underscore, which no domain can have"
    if JOINER in label:
        return "has an invisible character that joins emoji, which no domain can have"
    if len(label) > LONGEST_LABEL:
        return _TOO_LONG
    strange = next((char for char in label if _is_strange(char)), "")
    if strange:
        shown = f"a “{strange}”" if strange.isprintable() else "an invisible character"
        return f"has {shown} in it, which no domain can have"
    if label.startswith("-") or label.endswith("-"):
        return "has a part that begins or ends with a hyphen, which no domain can have"
    if label.startswith(PREFIX):
        return f"has a part that begins with {PREFIX} but stands for no name"
    if label[2:4] == "--":
        return f"has two hyphens where only names that begin with {PREFIX} may have them"
    if len(label.encode("punycode")) + (0 if label.isascii() else len(PREFIX)) > LONGEST_LABEL:
        return _TOO_LONG
    return "combines letters in a way that no domain can"


def _is_strange(char: str) -> bool:
    is_sign = unicodedata.category(char)[0] in "CPSZ" and char != "-" and not is_symbol(char)
    return is_sign or _mapped_char(char) is None


def _instead(host: str) -> str:
    """What to write: the domain at the end of the host that has no fault, or else how to find it."""
    labels = [label for label in _labels(host[-LONGEST:].replace(JOINER, "").strip(_AROUND)) if label]
    fit = [*takewhile(bool, map(_ascii_or_none, reversed(labels)))]
    registrable = _suffixes().privatesuffix(".".join(filter(None, reversed(fit))))
    return f" Use {to_unicode(registrable)}." if registrable else " Check the spelling."


def _why_not_registrable(given: str, ascii_host: str) -> str:
    if _suffixes().publicsuffix(ascii_host) == ascii_host:
        return f"“{_shown(given)}” is a suffix under which domains are registered, not a domain."
    suffix = to_unicode(ascii_host.rpartition(".")[2])
    return f"“{_shown(given)}” ends in .{suffix}, which isn't a public suffix."


def _mixes_scripts(domain: str) -> bool:
    """Whether letters of several scripts stand in one label, as in a forgery that looks like another name."""
    return not domain.isascii() and any(not _is_one_script(label) for label in domain.split("."))


def _is_one_script(label: str) -> bool:
    scripts = {unicodedata.name(char, "UNKNOWN").split()[0] for char in label if char.isalpha()}
    return len(scripts) < 2 or any(scripts <= together | {"LATIN"} for together in _WRITTEN_TOGETHER)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
