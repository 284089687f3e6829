"""Settings that people paste from elsewhere: what came along at either end is cut off, what cannot be meant is refused.

`problem_with` finds the rest: what is inside a key where no key has it, and what a guide wrote in a key's place.
"""

from __future__ import annotations

import math
import re

import environ
from django.core.exceptions import ImproperlyConfigured

# Blanks, line ends, quotation marks, and what editors add without showing it.
AROUND = " \t\r\n\v\f\"'`\u00a0\u200b\ufeff“”„‘’"
TRUE, FALSE = {"true", "on", "yes", "y", "ok", "1"}, {"false", "off", "no", "n", "0"}
KEY, WORD = re.compile(r"[A-Za-z0-9_+/=-]*"), re.compile(r"[!-~]*")
# As a whole word between underscores and hyphens: keys are long words of random letters, so none of these is one.
PLACEHOLDER = re.compile(
    r"x{3,}|your\w*|my|key|keys?here|here|secret\w*key|change|changeme|replace\w*|insert\w*|paste\w*|placeholder|example"
    r"|dummy|todo|none|null|abc|123|1234\d*"
)
MOST_SECONDS = 1_000_000  # PostgreSQL counts milliseconds in 32 bits
FEWEST_DIFFERENT = 8  # letters of a secret that somebody typed, or that was drawn by chance
PREFIX = re.compile(r"(?:sk|rk|pk)_(?:test|live)_|whsec_")


def text(env: environ.Env, name: str, default: str = "") -> str:
    """A text without what came along with it; an empty one is none."""
    return ",".join(part.strip(AROUND) for part in env.str(name, default="").split(",")) or default


def flag(env: environ.Env, name: str, *, because: str, default: bool = False) -> bool:
    """True or false, and nothing that might be either. Raises ImproperlyConfigured."""
    value = text(env, name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false; {because}.")
    return value in TRUE


def seconds(env: environ.Env, name: str, default: float) -> float:
    """A number above zero. Raises ImproperlyConfigured."""
    value = text(env, name, str(default))
    try:
        found = float(value)
    except ValueError:
        found = 0.0
    if not (found > 0 and math.isfinite(found)):
        raise ImproperlyConfigured(f"{name} is {value!r}: set a number of seconds above zero.")
    return found


def whole(env: environ.Env, name: str, default: int, *, least: int = 0) -> int:
    """A whole number from `least`. Raises ImproperlyConfigured."""
    value = text(env, name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 6 and int(value) >= least):
        raise ImproperlyConfigured(f"{name} is {value!r}: set a whole number from {least} to 99999.")
    return int(value)


def seconds_or_none(env: environ.Env, name: str, default: float) -> float | None:
    """A number above zero, or None for 0, which means no limit. Raises ImproperlyConfigured."""
    value = text(env, name, str(default))
    try:
        found = float(value)
    except ValueError:
        found = -1.0
    if not 0 <= found <= MOST_SECONDS:
        raise ImproperlyConfigured(f"{name} is {value!r}: set a number of seconds, or 0 for no limit.")
    return found or None


def problem_with(key: str, *, is_real: bool) -> str | None:
    """Why this is no key, to follow its name; None when it may be one. The sandbox takes any word as a key."""
    strange = (KEY if is_real else WORD).sub("", key, count=1)
    if strange:
        return f"holds {_named(strange[0])}, which no key does"
    rest = PREFIX.sub("", key, count=1)
    if is_real and (not rest or any(PLACEHOLDER.fullmatch(word) for word in re.split("[_-]+", rest.lower()))):
        return "is the placeholder of a guide"
    return None


def is_guessable(secret: str, *, letters: int) -> bool:
    """Whether fewer than that many letters are left to chance, without the words that guides write instead."""
    rest = PREFIX.sub("", secret, count=1)
    left = "".join(word for word in re.split("[_-]+", rest) if not PLACEHOLDER.fullmatch(word.lower()))
    return secret.startswith("django-insecure-") or len(left) < letters or len(set(left)) < FEWEST_DIFFERENT


def _named(strange: str) -> str:
    if strange.isspace():
        return "a space or a line break"
    return f"“{strange}”" if strange.isprintable() else ascii(strange)
