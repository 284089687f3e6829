"""Names in their own letters and as the DNS has them: IDNA 2008, by way of UTS 46, and emoji.

Some registries (.la, .ws, .to and others) sell names with emoji, and browsers open them, for UTS 46 lets symbols pass
(https://www.unicode.org/reports/tr46/, “NV8”). IDNA 2008, to which the library keeps, does not know them: so a label
is checked without its symbols, and then encoded with them.
"""

from __future__ import annotations

import re
import unicodedata

import idna

LONGEST_LABEL = 63
PREFIX = "xn--"
JOINER = "\u200d"
# Emoji whose category is not “other symbol”: the box of a keycap, an arrow, squares and a wavy dash.
_ODD_EMOJI = "\u20e3\u2194\u25fb\u25fc\u25fd\u25fe\u3030"
_LDH = re.compile(r"[a-z0-9-]+")


def mapped(host: str) -> str:
    """The host in lower case and its usual form, as UTS 46 maps it. Raises idna.IDNAError."""
    return idna.uts46_remap(host, std3_rules=True)


def label_to_ascii(label: str) -> str:
    """One label of a mapped host as the DNS has it. Raises idna.IDNAError, whose text is for nobody to read."""
    if label.isascii():
        if label.startswith(PREFIX):
            _decoded(label)
        idna.check_hyphen_ok(label.removeprefix(PREFIX))
        is_fit = _LDH.fullmatch(label) is not None
        found = label
    else:
        _check(label)
        is_fit = True
        found = PREFIX + label.encode("punycode").decode()
    if not is_fit or len(found) > LONGEST_LABEL:
        raise idna.IDNAError("not fit for the DNS")
    return found


def to_unicode(domain: str) -> str:
    """The domain as people write it: bücher.de for xn--bcher-kva.de. What cannot be decoded stays as it is."""
    return ".".join(_shown(label) for label in domain.split("."))


def to_ascii_or_none(text: str) -> str | None:
    """A part of a domain as it is stored, such as xn--bcher-kva for bücher; None for what is no part of one."""
    try:
        return ".".join(label_to_ascii(label) if label else "" for label in mapped(text).split("."))
    except idna.IDNAError:
        return None


def is_symbol(char: str) -> bool:
    """Whether it is an emoji or its like, of which IDNA 2008 has none; newer ones than Python knows included."""
    return unicodedata.category(char) == "So" or "\U0001f000" <= char <= "\U0001faff" or char in _ODD_EMOJI


def _check(label: str) -> None:
    if len(label) > LONGEST_LABEL:  # so that what follows is quick
        raise idna.IDNAError("too long")
    rest = "".join(" " if is_symbol(char) else char for char in label)
    if rest == label:
        idna.check_label(label)
        return
    idna.check_nfc(label)
    idna.check_hyphen_ok(label)
    for part in rest.split():
        if part.strip("-"):
            idna.check_label(part.strip("-"))


def _decoded(label: str) -> str:
    """What a label that begins with xn-- stands for. Raises idna.IDNAError when it is not how that is written."""
    if len(label) > LONGEST_LABEL:
        raise idna.IDNAError("too long")
    try:
        found = label.removeprefix(PREFIX).encode("ascii").decode("punycode")
    except UnicodeError as error:
        raise idna.IDNAError("not punycode") from error
    if found.isascii() or mapped(found) != found or label_to_ascii(found) != label:
        raise idna.IDNAError("not the usual form")
    return found


def _shown(label: str) -> str:
    try:
        return _decoded(label) if label.startswith(PREFIX) else label
    except idna.IDNAError:
        return label
