"""How a name sounds and is written, by its Latin letters: its syllables, its last letter, how it may be misheard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

VOWELS = "aeiouy"
# The last letter of a name, by how it is said.
CLOSINGS = {VOWELS: "on the vowel", "bcdgkpqtx": "hard, on", "lmnrw": "softly, on", "fhjsvz": "with breath, on"}
# Letters that begin a syllable together.
_ONSETS = frozenset(
    "bl br ch cl cr dr dw fl fr gh gl gr kl kn kr ph pl pr qu sc sh sk sl sm sn sp st sw th tr tw wh wr".split()
)
# What is heard, and how else it is written; the first that fits is told. Nobody mishears the vowel that begins a name.
_HEARD = (
    ("ph", "f"),
    ("ck", "k"),
    ("qu", "kw"),
    ("x", "ks"),
    ("ee", "ea"),
    ("oo", "u"),
    ("sh", "sch"),
    ("kn", "n"),
    ("z", "s"),
    ("y", "i"),
    ("k", "c"),
    ("c", "k"),
    ("ai", "ay"),
    ("f", "ph"),
    ("v", "w"),
    ("j", "g"),
    ("i", "y"),
)


def plain(label: str) -> str:
    """The label in lower case, its letters without their marks."""
    letters = unicodedata.normalize("NFD", label.lower())
    return "".join(character for character in letters if not unicodedata.combining(character))


def is_pronounceable(label: str) -> bool:
    """No five consonants in a row, and a vowel in every stretch of letters; only asked of Latin letters."""
    stretches = re.findall(r"[a-z]+", plain(label))
    return bool(stretches) and all(
        re.search(f"[{VOWELS}]", stretch) and not re.search(r"[bcdfghjklmnpqrstvwxz]{5}", stretch)
        for stretch in stretches
    )


def syllables_of(word: str) -> list[str]:
    """One word parted where it is likely said in parts: “zumbrel” is zum, brel. A silent e makes no part."""
    places = [found.start() for found in re.finditer(rf"[{VOWELS}]+", word)]
    if len(places) > 1 and re.search(r"[^aeiouyl]es?$", word) and not re.search(r"[cgszx]es$", word):
        places.pop()
    if places and (swallowed := re.search(r"[bcdfgkpstvz][lr]?[lrm]$", word)) and swallowed.start() > places[-1]:
        return [*syllables_of(word[: swallowed.start()]), word[swallowed.start() :]]
    cuts = [0, *(_cut(word, place) for place in places[1:]), len(word)]
    return [word[begin:end] for begin, end in pairwise(cuts) if end > begin] or [word]


def _cut(word: str, vowel: int) -> int:
    """Where the syllable of the vowel at this place begins: with a consonant before it, or two that go together."""
    if word[vowel - 2 : vowel] in _ONSETS:
        return vowel - 2
    return vowel - 1 if word[vowel - 1] not in VOWELS else vowel


def spelled(label: str) -> str:
    """The label's characters one by one: “x, k, c, d”; at most twelve."""
    return ", ".join(label[:12]) + (", …" if len(label) > 12 else "")


def closing_of(label: str) -> str:
    """How the last letter is said: “hard, on “k””; "" where it is no Latin letter."""
    last = plain(label)[-1:]
    return next((f"{words} “{last}”" for letters, words in CLOSINGS.items() if last and last in letters), "")


def misheard(label: str) -> str:
    """How who only hears the label may write it, which is another label; "" where none is likely."""
    for said, written in _HEARD:
        place = label.find(said, 1 if said in VOWELS else 0)
        if place >= 0:
            return label[:place] + written + label[place + len(said) :]
    return ""


def clusters_of(label: str) -> Iterator[str]:
    """Four consonants in a row or more, each time that there are."""
    yield from re.findall(r"[bcdfghjklmnpqrstvwxz]{4,}", plain(label))


def alternates(label: str) -> bool:
    """Whether vowels and consonants take turns, which leaves little to mistype."""
    kinds = ["v" if letter in "aeiou" else "c" for letter in label]
    return label.isascii() and label.isalpha() and all(one != two for one, two in pairwise(kinds))
