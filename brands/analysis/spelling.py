"""What the spelling of a name does for and against it: hyphens, digits, letters that meet, words one letter away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from brands.analysis.neighbours import in_words, other_reading, word_beside
from brands.analysis.quoted import NUMBERS, listed, quoted
from brands.analysis.segmenting import singular
from brands.analysis.sound import alternates, clusters_of, is_pronounceable, misheard
from brands.analysis.topics import Facts
from brands.analysis.words import KNOWN
from tokens.wording import counted

if TYPE_CHECKING:
    from brands.analysis.signals import Signal

# Figures that are heard as words.
HEARD_AS = {"1": "won", "2": "to", "4": "for", "8": "ate"}


def signals(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    """Every signal of the spelling, made by `make`."""
    yield from _figures(facts, make)
    yield from _hyphens(facts, make)
    yield from _meetings(facts, make)
    yield from _readings(facts, make)
    yield from _patterns(facts, make)
    yield from _look(facts, make)


def famous(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    """A well-known name that it is, has in it, or may be taken for."""
    if not (likeness := facts.likeness):
        return
    piece, known = quoted(likeness.piece), quoted(likeness.famous)
    if facts.is_well_known:
        yield make(0, "", strength=f"{piece} is known all over the web: few have to be told how it is spelled.")
    elif likeness.is_same:
        risk = f"{piece} is a well-known name already: whoever owns it may claim {facts.subject.domain}."
        yield make(-8, f"the well-known name {piece} in it", risk=risk)
    elif likeness.is_forged:
        risk = f"{piece} can be read as the well-known {known}, {likeness.how}: mail filters take it for a forgery."
        yield make(-20, f"{piece}, which can be read as the well-known {known}", risk=risk)
    else:
        beside = f"one letter away from the well-known {known}"
        risk = f"{piece} is {beside}, {likeness.how}: it is taken for a slip or a forgery."
        yield make(-12, f"{piece}, {beside}", risk=risk)


def _figures(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    label = facts.label
    digits = sum(character.isdigit() for character in label)
    if not digits:
        return
    found = re.findall(r"\d+", label)
    figure = found[0] if found else next(character for character in label if character.isdigit())
    if any(part[0].isdigit() and not part.isdigit() for part in facts.words.parts):
        risk = ""  # “2nd” is read and heard as one word
    elif re.fullmatch(r"(19|20)[0-9]{2}", figure):
        risk = f"Digits: {quoted(figure)} dates the name, and next year it is a year older."
    elif figure in HEARD_AS:
        risk = f"Digits: {quoted(figure)} is heard as {quoted(HEARD_AS[figure])} as well."
    elif found:
        risk = f"Digits: who hears {quoted(figure)} may type {quoted(in_words(figure))}."
    else:
        risk = f"Digits: {quoted(figure)} is on few keyboards."
    yield make(-4 if digits <= 2 else -8, f"{counted(digits, 'digit')}, {quoted(figure)}", risk=risk)


def _hyphens(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    hyphens = facts.label.count("-")
    if hyphens:
        joined = f"{facts.label.replace('-', '')}.{facts.subject.suffix}"
        risk = f"Hyphens are forgotten when {quoted(facts.label)} is typed from memory, which leads to {joined}."
        yield make(max(-12, -5 * hyphens), f"{counted(hyphens, 'hyphen')} in {quoted(facts.label)}", risk=risk)


def _meetings(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    parts = facts.words.parts
    pairs = [(one, two) for one, two in pairwise(parts) if one[-1] == two[0]]
    if pairs and "-" not in facts.label:
        one, two = pairs[0]
        risk = f"{quoted(one)} ends as {quoted(two)} begins: one “{two[0]}” gets lost."
        yield make(-2, f"the letter “{two[0]}” meeting itself between {quoted(one)} and {quoted(two)}", risk=risk)
    if len(parts) > 1 and len({part[0] for part in parts}) == 1 and parts[0].isalpha():
        how_many = "both" if len(parts) == 2 else "all"
        strength = f"{listed(parts)} {how_many} begin with “{parts[0][0]}”, which helps to remember."
        yield make(0, "", strength=strength)


def _readings(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    """Words beside it: another way to part it, a word one letter away, its singular, or how it is misheard."""
    label, words = facts.label, facts.words
    if label.isalpha() and (other := other_reading(words.parts)):
        yield make(0, "", risk=f"It can be read {quoted(' '.join(other))} as well as {quoted(' '.join(words.parts))}.")
    beside = word_beside(label)
    if facts.likeness:
        pass  # which is said already
    elif beside:
        yield make(0, "", risk=f"{quoted(label)} is one letter away from {quoted(beside)}, which people will type.")
    elif label.isascii() and label.isalpha() and not words.are_all_known and is_pronounceable(label):
        if heard := misheard(label):
            yield make(0, "", risk=f"Who only hears {quoted(label)} may write {quoted(heard)}.")
        else:
            yield make(0, "", risk=f"No list has {quoted(label)}: people ask how it is spelled.")
    last = words.parts[-1] if words.parts else ""
    if last in words.known and last != singular(last) and singular(last) in KNOWN:
        yield make(
            0, "", risk=f"{quoted(last)} is a plural: some will leave out the “s” and end at {quoted(label[:-1])}."
        )


def _patterns(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    label = facts.label
    if label.isascii() and label.isalpha() and len(label) > 3:
        if label == label[::-1]:
            yield make(0, "", strength=f"{quoted(label)} reads the same backwards.")
        if alternates(label):
            strength = f"Vowels and consonants take turns in {quoted(label)}, so there is no double letter to miss."
            yield make(0, "", strength=strength)
        if len(set(label)) == len(label) > 7:
            strength = f"No letter of {quoted(label)} comes twice."
            yield make(0, "", strength=strength)
    if facts.words.are_all_known or not is_pronounceable(label):
        return
    for cluster in clusters_of(label):
        count = NUMBERS.get(len(cluster), "many")
        yield make(0, "", risk=f"{quoted(cluster)} is a row of {count} consonants, in which one is easily missed.")
        return


def _look(facts: Facts, make: Callable[..., Signal]) -> Iterator[Signal]:
    subject = facts.subject
    if subject.is_lookalike:
        risk = "Its letters are of several scripts, as in a forged address: browsers and mail filters will warn of it."
        yield make(-30, "letters of several scripts", risk=risk)
    elif not subject.label.isascii():
        beyond = "".join(dict.fromkeys(character for character in subject.label if not character.isascii()))
        risk = f"Some programs show it as {subject.domain}, and not every keyboard has {quoted(beyond)}."
        yield make(-4, f"letters beyond a to z, {quoted(beyond)}", risk=risk)
