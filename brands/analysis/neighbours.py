"""Names beside a name: words one letter away, slips of who types it, and other ways to read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase

from brands.analysis.segmenting import Segments, singular
from brands.analysis.sound import is_pronounceable, misheard
from brands.analysis.words import KNOWN

_DIGITS = "zero one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
# Beyond this a name has a second reading by chance only, and looking for it takes long.
LONGEST_READ = 24


def word_beside(label: str) -> str:
    """The word of the lists that is one letter away from the label; "" for none. A plural is no other word."""
    if not (label.isascii() and label.isalpha() and len(label) > 3):
        return ""
    found = {word for word in _one_letter_away(label) if len(word) > 3 and word in KNOWN}
    return min(found - {label, singular(label), f"{label}s", label[:-1]}, default="")


def _one_letter_away(label: str) -> Iterator[str]:
    for place in range(len(label) + 1):
        before, after = label[:place], label[place:]
        yield before + after[1:]
        for letter in ascii_lowercase:
            yield f"{before}{letter}{after}"
            if letter != after[:1]:
                yield f"{before}{letter}{after[1:]}"


def slip_of(label: str, words: Segments) -> tuple[str, str]:
    """A label that people type for this one, and who they are: “type one “f” only”. ("", "") where none is likely."""
    if double := re.search(r"([a-z])\1", label):
        return label[: double.start()] + label[double.start() + 1 :], f"type one “{double[1]}” only"
    if words.are_all_known and len(words.parts) > 1:
        return "-".join(words.parts), f"put a hyphen after “{words.parts[0]}”"
    if words.are_all_known:
        return (singular(label), "leave out the “s”") if label != singular(label) else (f"{label}s", "add an “s”")
    heard = misheard(label) if label.isascii() and is_pronounceable(label) else ""
    return (heard, f"only hear “{label}”") if heard else ("", "")


def other_reading(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The label's words when it is parted elsewhere, all of them known and none short; () where it can't be."""
    label = "".join(parts)
    if len(label) > LONGEST_READ or not label.isalpha():
        return ()
    readings = (found for found in _readings(label) if found != parts and 1 < len(found) <= len(parts) + 1)
    # What only takes a word apart that stood whole, as “start up”, reads the same.
    return min(
        (found for found in readings if _crosses(found, parts)), key=lambda found: (len(found), found), default=()
    )


def _readings(text: str) -> Iterator[tuple[str, ...]]:
    if not text:
        yield ()
    for end in range(3, len(text) + 1):
        if text[:end] in KNOWN:
            for rest in _readings(text[end:]):
                yield (text[:end], *rest)


def _crosses(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a word of the first lies across an end of a word of the second."""
    ends = _ends(one)
    return any(end not in ends for end in _ends(other))


def _ends(parts: tuple[str, ...]) -> list[int]:
    return [sum(map(len, parts[:count])) for count in range(1, len(parts))]


def in_words(digits: str) -> str:
    """A figure as a word: “24” is “twentyfour”, and one of three figures or more is said one by one."""
    number = int(digits)
    if len(digits) > 2 or digits[0] == "0":
        return "".join(_DIGITS[int(digit)] for digit in digits)
    if number < 20:
        return (_DIGITS + _TEENS)[number]
    return _TENS[number // 10 - 2] + (_DIGITS[number % 10] if number % 10 else "")


def without_figures(label: str) -> str:
    """The label with each figure as a word."""
    return re.sub(r"[0-9]+", lambda found: in_words(found[0]), label)


def short_form(parts: tuple[str, ...], *, keep: frozenset[str], longest: int) -> str:
    """Words of the label side by side, together short enough, with one to keep if it can be; "" if there are none."""
    runs = [parts[begin:end] for begin in range(len(parts)) for end in range(begin + 1, len(parts) + 1)]
    fitting = [run for run in runs if len("".join(run)) <= longest and run != parts and len("".join(run)) > 3]
    best = max(fitting, key=lambda run: (bool(keep & set(run)), len("".join(run))), default=())
    return "".join(best)
