"""What can be told from a domain by looking at it: each signal has points for the score, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from brands.analysis.segmenting import Segments, is_pronounceable
from brands.analysis.subject import Subject
from brands.analysis.suffixes import SuffixMeaning
from tokens.wording import counted

BASE = 40


@dataclass(frozen=True)
class Signal:
    """`why` finishes the sentence “so many points for …”; a strength or a risk is a sentence, or empty."""

    points: int
    why: str
    strength: str = ""
    risk: str = ""


def signals_of(subject: Subject, words: Segments, suffix: SuffixMeaning, *, topic_words: list[str]) -> list[Signal]:
    """Every signal of the domain, in the order of their weight for a reader."""
    label = subject.label
    return [
        Signal(BASE, "being a domain that can be registered, where every score begins"),
        _length(label),
        _words(words),
        *_letters(label, words),
        _suffix(subject.suffix, suffix),
        *_topic(topic_words),
        *_look(subject),
        *_siblings(subject),
    ]


def _length(label: str) -> Signal:
    letters = len(label)
    why = f"a length of {letters} characters"
    if letters <= 6:
        return Signal(15, why, strength=f"Short: {letters} characters are typed and remembered at once.")
    if letters <= 10:
        return Signal(10, why, strength=f"Compact: {letters} characters fit a logo and a sentence.")
    if letters <= 15:
        return Signal(3, why)
    points = -6 if letters <= 20 else -14
    return Signal(points, why, risk=f"Long: {letters} characters are mistyped easily and cut off in narrow places.")


def _words(words: Segments) -> Signal:
    said = " ".join(words.parts)
    if words.are_all_known and len(words.parts) <= 3:
        return Signal(
            12, f"being made of plain words ({said})", strength=f"Plain words, understood when heard: “{said}”."
        )
    if words.are_all_known:
        return Signal(
            5,
            f"being a phrase of {len(words.parts)} plain words",
            risk="A whole phrase: people forget its small words.",
        )
    if words.known:
        return Signal(4, f"a plain word in it ({', '.join(words.known)})")
    return Signal(
        0, "a word that is in no list", risk="An invented or rare word: it has to be explained, and then spelled."
    )


def _letters(label: str, words: Segments) -> Iterator[Signal]:
    if label.isascii():
        if is_pronounceable(label):
            yield Signal(5, "being pronounceable", strength="It can be said aloud.")
        else:
            yield Signal(-8, "being hard to say", risk="Hard to say: it has to be spelled out over the phone.")
    if digits := sum(character.isdigit() for character in label):
        risk = "Digits: people who hear the name do not know whether to type a figure or a word."
        yield Signal(-4 if digits <= 2 else -8, counted(digits, "digit"), risk=risk)
    if hyphens := label.count("-"):
        risk = "Hyphens are forgotten when the name is typed from memory, which leads to someone else's site."
        yield Signal(max(-12, -5 * hyphens), counted(hyphens, "hyphen"), risk=risk)
    pairs = [(one, two) for one, two in zip(words.parts, words.parts[1:], strict=False) if one[-1] == two[0]]
    if pairs and "-" not in label:
        one, two = pairs[0]
        yield Signal(
            -2, "a letter that meets itself", risk=f"“{one}” ends as “{two}” begins: one of the letters gets lost."
        )


def _suffix(suffix: str, meaning: SuffixMeaning) -> Signal:
    if meaning.points >= 8:
        return Signal(meaning.points, meaning.why, strength=f"{_sentence(meaning.why)}.")
    if meaning.points <= 0:
        return Signal(meaning.points, meaning.why, risk=f"{_sentence(meaning.why)}.")
    return Signal(meaning.points, meaning.why)


def _topic(topic_words: list[str]) -> Iterator[Signal]:
    if topic_words:
        said = ", ".join(topic_words)
        yield Signal(8, f"saying what it is about ({said})", strength=f"The name itself says what it is about: {said}.")


def _look(subject: Subject) -> Iterator[Signal]:
    if subject.is_lookalike:
        risk = "Its letters are of several scripts, as in a forged address: browsers and mail filters will warn of it."
        yield Signal(-30, "letters of several scripts", risk=risk)
    elif not subject.label.isascii():
        risk = f"Some programs show it as {subject.domain}, and not every keyboard has its letters."
        yield Signal(-4, "letters beyond a to z", risk=risk)


def _siblings(subject: Subject) -> Iterator[Signal]:
    if subject.siblings:
        said, more = ", ".join(subject.siblings[:3]), len(subject.siblings) - 3
        strength = f"You have the same name under other suffixes too: {said}{f' and {more} more' if more > 0 else ''}."
        yield Signal(5, f"being yours under other suffixes too ({len(subject.siblings)})", strength=strength)
    elif subject.suffix != "com":
        yield Signal(
            0, "the .com not being among your domains", risk="The .com of this name is not among your domains."
        )


def _sentence(why: str) -> str:
    return why[:1].upper() + why[1:]
