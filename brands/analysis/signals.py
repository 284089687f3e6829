"""What can be told from a domain by looking at it: each signal has points, and says why of this very name.

No sentence here fits any name: each stands under a condition, and quotes what it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from brands.analysis import spelling
from brands.analysis.phrases import CATEGORY_PHRASES
from brands.analysis.quoted import NUMBERS, listed, quoted
from brands.analysis.sound import closing_of, is_pronounceable, syllables_of
from brands.analysis.suffixes import WORLDWIDE
from brands.analysis.topics import Facts, category_of
from brands.analysis.words import PLACES, TYPE_WORDS
from tokens.wording import counted

# Where every score begins; it is counted with the length, which every name has.
BASE = 40
# A word of each length, to compare with.
AS_LONG = (
    "I go web site brand domain address homepage newspaper dictionary handwriting conversation encyclopaedia "
    "recommendation congratulations responsibilities misinterpretation telecommunications counterintelligence "
    "internationalization"
).split()
TYPE_SAYS = {
    "game": "play",
    "community": "company",
    "directory": "a list",
    "blog": "reading",
    "platform": "something to use",
}
# The name of each category in the middle of a sentence.
SPEAKS_OF = {"cooking": "food", "tech": "technology", "education": "learning", "gaming": "games", "finance": "money"}


@dataclass(frozen=True)
class Signal:
    """`why` finishes the sentence “so many points for …”; a strength or a risk is a sentence, or empty."""

    points: int
    why: str
    strength: str = ""
    risk: str = ""


def signals_of(facts: Facts) -> list[Signal]:
    """Every signal of the domain, in the order of their weight for a reader."""
    return [
        *_topic(facts),
        *spelling.famous(facts, Signal),
        _length(facts),
        _words(facts),
        *_sound(facts),
        *spelling.signals(facts, Signal),
        *_suffix(facts),
        *_siblings(facts),
    ]


def _length(facts: Facts) -> Signal:
    """As long as which word; short and long ones have a sentence of their own."""
    letters, label = len(facts.label), facts.label
    longest = AS_LONG[-1]
    than = (
        f"as many as {quoted(AS_LONG[letters - 1])} has"
        if letters <= len(longest)
        else f"{letters - len(longest)} more than {quoted(longest)} has"
    )
    why = f"{letters} character{'' if letters == 1 else 's'} in {_pieces_of(facts)}, {than}{_often(label)}"
    if letters <= 4:
        return Signal(BASE + 15, why, strength=f"Very short: {counted(letters, 'character')}, {_from_to(label)}.")
    if letters <= 6:
        ends = f" ends {closing_of(label)}, and" if closing_of(label) else ""
        spare = f"Short: {quoted(label)}{ends} leaves {15 - letters} of the 15 characters that a handle on X may have."
        return Signal(BASE + 15, why, strength=spare)
    if letters <= 10:
        return Signal(BASE + 10, why)
    if letters <= 15:
        return Signal(BASE + 3, why)
    over = f"Long: {quoted(label)} has {letters} characters, {letters - 15} more than a handle on X may have"
    if letters <= 20:
        return Signal(BASE - 6, why, risk=f"{over}.")
    return Signal(BASE - 14, why, risk=f"{over} and {63 - letters} fewer than any name can have at most.")


def _from_to(label: str) -> str:
    return f"only {quoted(label)}" if len(label) == 1 else f"from {quoted(label[0])} to {quoted(label[-1])}"


def _often(label: str) -> str:
    """The letter that comes three times or more, the first of several."""
    often = max(label, key=label.count)
    return f", {quoted(often)} {label.count(often)} times" if label.count(often) > 2 else ""


def _pieces_of(facts: Facts) -> str:
    """“two words and a figure”; what holds no known word is in pieces."""
    parts = facts.words.parts
    figures = sum(part.isdigit() for part in parts)
    noun = "word" if facts.words.known else "piece"
    words = len(parts) - figures
    said = [f"{NUMBERS.get(words, 'many')} {noun}{'' if words == 1 else 's'}"] if words else []
    if figures:
        said.append("a figure" if figures == 1 else f"{NUMBERS.get(figures, 'many')} figures")
    return " and ".join(said) or "signs"


def _words(facts: Facts) -> Signal:
    words = facts.words
    said = roles_of(facts)
    if words.are_all_known and not words.known:
        return Signal(0, "")
    if words.are_all_known and len(words.parts) <= 3:
        return Signal(12, f"plain words: {said}", strength=f"Understood when heard: {said}.")
    if words.are_all_known:
        small = [word for word in dict.fromkeys(words.parts) if len(word) <= 3]
        forgotten = f"; {listed(small)} {'is' if len(small) == 1 else 'are'} soon forgotten" if small else ""
        many, first, last = NUMBERS.get(len(words.parts), "many"), quoted(words.parts[0]), quoted(words.parts[-1])
        risk = f"A phrase of {many} words, from {first} to {last}{forgotten}."
        return Signal(5, f"a phrase of plain words that ends on {quoted(words.parts[-1])}", risk=risk)
    if words.known:
        return Signal(4, f"what can be read in it: {said}")
    return Signal(0, "")


def roles_of(facts: Facts) -> str:
    """What each known word says: ““thai” and “food” speak of food, “tasty” is a plain word”."""
    roles: dict[str, list[str]] = {}
    for word in dict.fromkeys(facts.words.known):
        roles.setdefault(_role_of(word, facts), []).append(word)
    said = []
    for role, words in roles.items():
        one, many = role.split("|")
        said.append(f"{listed(words)} {one if len(words) == 1 else many}")
    return ", ".join(said)


def _role_of(word: str, facts: Facts) -> str:
    """What a word says, for one of them and for several."""
    if word in facts.topic.words:
        return f"speaks of {facts.phrases.about}|speak of {facts.phrases.about}"
    if word in PLACES:
        return "is a place|are places"
    kind = next((kind for kind, words in TYPE_WORDS.items() if word in words), "")
    if kind:
        return f"promises {TYPE_SAYS[kind]}|promise {TYPE_SAYS[kind]}"
    category = category_of(word)
    if category:
        about = SPEAKS_OF.get(category, category)
        return f"is also a word of {about}|are also words of {about}"
    return "is a plain word|are plain words"


def _topic(facts: Facts) -> Iterator[Signal]:
    words = facts.topic.words
    if words:
        about, is_told = facts.phrases.about, facts.words.are_all_known and len(facts.words.parts) <= 3
        strength = f"{listed(words)} {'tells' if len(words) == 1 else 'tell'} at once that it is about {about}."
        # Where all words are told one by one, this one is among them.
        yield Signal(8, f"saying {listed(words)}, which is about {about}", strength="" if is_told else strength)


def _sound(facts: Facts) -> Iterator[Signal]:
    label = facts.label
    if not label.isascii() or label.isdigit():
        return
    if not is_pronounceable(label):
        risk = f"Hard to say: over the phone {quoted(label)} has to be spelled out, letter by letter."
        yield Signal(-8, f"the name {quoted(label)}, which is hard to say", risk=risk)
        return
    syllables = [syllable for part in facts.words.parts if part.isalpha() for syllable in syllables_of(part)]
    count = f"{NUMBERS.get(len(syllables), 'many')} syllable{'' if len(syllables) == 1 else 's'}"
    closing = closing_of(label)
    ends = f", ending {closing}" if closing else f", ending in the figure {quoted(label[-1])}"
    begins = f", opening on the vowel {quoted(label[0])}" if label[0] in "aeiou" else ""
    yield Signal(5, f"about {count} to say{begins}{ends}")


def _suffix(facts: Facts) -> Iterator[Signal]:
    meaning, suffix, label = facts.suffix, facts.subject.suffix, quoted(facts.label)
    yield from _place(facts)
    if suffix == "com":
        why = f"the suffix .com is what {visitors_of(facts)} try first"
        yield Signal(meaning.points, why, strength=f"{_sentence(why)}.")
    elif meaning.points >= 8:
        why = f"{meaning.why}, also to {visitors_of(facts)}"
        yield Signal(meaning.points, why, strength=f"{_sentence(why)}.")
    elif meaning.topic and meaning.points > 0:
        yield _subject_of_suffix(facts)
    elif meaning.points < 0:
        risk = f"{label} is under .{suffix}, a suffix cheap to register, which some people and mail filters distrust."
        yield Signal(meaning.points, meaning.why, risk=risk)
    elif not meaning.points:
        yield Signal(0, "", risk=f"{label} has to be said with .{suffix} each time, because that suffix is less known.")
    else:
        yield Signal(meaning.points, meaning.why)


def _subject_of_suffix(facts: Facts) -> Signal:
    """A suffix that speaks of a subject, which may be the name's or another."""
    meaning, suffix = facts.suffix, facts.subject.suffix
    about = CATEGORY_PHRASES[meaning.topic].about
    why = f"the suffix .{suffix}, which speaks of {about}"
    if meaning.topic == facts.topic.category and facts.topic.words:
        strength = f"{listed(facts.topic.words)} and .{suffix} speak of the same: {about}."
        return Signal(meaning.points, f"{why} as the name does", strength=strength)
    if facts.topic.words:
        return Signal(meaning.points, f"{why}, while the name speaks of {facts.about}")
    return Signal(
        meaning.points, why, strength=f".{suffix} says what {quoted(facts.label)} doesn't: it is about {about}."
    )


def _place(facts: Facts) -> Iterator[Signal]:
    """A place in the name beside the region of its suffix."""
    place, region = next((word for word in facts.words.known if word in PLACES), ""), facts.suffix.region
    if place and region == PLACES[place]:
        yield Signal(0, "", strength=f"{quoted(place)} and .{facts.subject.suffix} both belong to {region}.")
    elif place and region not in ("", WORLDWIDE):
        risk = f"{quoted(place)} means {PLACES[place]}, but .{facts.subject.suffix} belongs to {region}."
        yield Signal(0, "", risk=risk)


def visitors_of(facts: Facts) -> str:
    """Who guesses the address, by what this name tells them."""
    if facts.about:
        return f"people who look for {facts.about}"
    telling, label = facts.telling or [facts.label], quoted(facts.label)
    return {
        "beside": f"people who mistype {quoted(facts.likeness.famous)}" if facts.likeness else "",
        "word": f"people who recall the word {quoted(telling[0])}",
        "words": f"people who recall {quoted(telling[-1])} before the rest",
        "part": f"people who recall {quoted(telling[0])} in it",
        "sound": f"people who heard {label} once",
        "letters": f"people who see {label} written down",
        "figures": f"people who know the figure {label}",
        "script": f"people who can type {label}",
    }[facts.kind]


def _siblings(facts: Facts) -> Iterator[Signal]:
    subject = facts.subject
    if subject.siblings:
        said, more = ", ".join(subject.siblings[:3]), len(subject.siblings) - 3
        strength = f"You have the same name under other suffixes too: {said}{f' and {more} more' if more > 0 else ''}."
        yield Signal(5, f"being yours under other suffixes too ({len(subject.siblings)})", strength=strength)
    elif subject.suffix != "com":
        first = f"{visitors_of(facts)} try {facts.label}.com first"
        yield Signal(0, "", risk=f"The .com of this name is not among your domains, and {first}.")


def _sentence(why: str) -> str:
    return why[:1].upper() + why[1:]
