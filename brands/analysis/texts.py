"""The texts that the rules suggest for a brand, each built on what its own name says."""

from __future__ import annotations

from zlib import crc32

from brands.analysis.neighbours import short_form, slip_of, without_figures
from brands.analysis.phrases import CLAUSES, OPEN_PHRASES, TYPE_NOUNS, OpenPhrases
from brands.analysis.quoted import listed, quoted
from brands.analysis.segmenting import titled
from brands.analysis.signals import visitors_of
from brands.analysis.sound import plain, spelled, syllables_of
from brands.analysis.topics import Facts
from brands.analysis.words import PLACES, TYPE_WORDS

# What a handle on X may have.
HANDLE = 15


def tagline_of(facts: Facts, name: str) -> str:
    """Always the same for a domain; one without a subject says what the name is made of."""
    if facts.topic.is_open:
        return _filled(facts, open_phrases(facts).tagline, name)
    if facts.topic.by_suffix:
        return f"{name[:60]}: {facts.about}, as .{facts.subject.suffix} says"
    lines = facts.phrases.taglines
    return lines[crc32(facts.subject.domain.encode()) % len(lines)].replace("{name}", name[:60])


def audience_of(facts: Facts) -> str:
    """Whom it is for, by the words that call them, and where they are."""
    where = next((f", in and around {titled(word)}" for word in facts.words.known if word in PLACES), "")
    if facts.topic.is_open:
        return _filled(facts, open_phrases(facts).audience) + where
    if facts.topic.words:
        called = f"whom {listed(facts.topic.words[:2])} {'speaks' if len(facts.topic.words) == 1 else 'speak'} to"
    elif facts.topic.by_suffix:
        called = f"whom .{facts.subject.suffix} tells that {quoted(facts.label)} is about {facts.about}"
    else:
        called = f"once they know that {quoted(facts.label)} is about {facts.about}"
    return f"{facts.phrases.audience}, {called}{_clause(facts)}{where}"


def purpose_of(facts: Facts, name: str, brand_type: str) -> str:
    """One sentence: what kind of brand it is, what says so, and what it does for people."""
    begin = f"{name} is {TYPE_NOUNS[brand_type] if brand_type else 'a name'}{_because(facts, brand_type)}"
    if facts.topic.is_open:
        return f"{begin} {_filled(facts, open_phrases(facts).purpose)}."
    words, goal = facts.topic.words, facts.phrases.goal
    if facts.topic.by_suffix:
        return f"{name}, under .{facts.subject.suffix}, is {TYPE_NOUNS[brand_type]} that helps people {goal}."
    if not words:
        return f"{begin} that helps people {goal}, which {quoted(facts.label)} by itself doesn't say."
    return (
        f"{begin} that helps people {goal}, which {listed(words[:2])} {'promises' if len(words) == 1 else 'promise'}."
    )


def strategy_of(facts: Facts) -> str:
    """Two sentences: what to do first, by what the name promises; what next, by what stands in its way."""
    return f"{_first_step(facts)}. Then {_next_step(facts)}."


def open_phrases(facts: Facts) -> OpenPhrases:
    """What a name that tells no subject tells instead."""
    return OPEN_PHRASES[facts.kind]


def open_risk_of(facts: Facts) -> str:
    """The risk of a name that tells no subject."""
    return _filled(facts, open_phrases(facts).risk)


def _filled(facts: Facts, text: str, name: str = "") -> str:
    telling = facts.telling or [facts.label]
    syllables = "-".join(syllable for part in facts.words.parts for syllable in syllables_of(part))
    said = syllables[:60] if facts.kind == "sound" else spelled(facts.label)
    famous = facts.likeness.famous if facts.likeness else ""
    given = {"name": name[:60], "label": facts.label, "famous": famous, "suffix": facts.subject.suffix, "spelled": said}
    return text.format(**given, first=telling[0], last=telling[-1])


def _clause(facts: Facts) -> str:
    """What a word such as “quick” adds, whatever the subject is; a word that tells the subject is not asked."""
    words = [word for word in facts.words.known if word in CLAUSES and word not in facts.topic.words]
    return f", and {CLAUSES[words[0]].replace('{word}', words[0])}" if words else ""


def _because(facts: Facts, brand_type: str) -> str:
    if not brand_type:
        return ""
    word = next((word for word in reversed(facts.words.known) if word in TYPE_WORDS[brand_type]), "")
    if word:
        return f", as {quoted(word)} says,"
    return f", as .{facts.subject.suffix} says," if facts.suffix.brand_type == brand_type else ""


def _first_step(facts: Facts) -> str:
    if facts.topic.is_open:
        return _filled(facts, open_phrases(facts).first_step)
    step = facts.phrases.first_step[:1].lower() + facts.phrases.first_step[1:]
    words = facts.topic.words[:2]
    if words:
        return f"Take {listed(words)} at {'its' if len(words) == 1 else 'their'} word: {step}"
    if facts.topic.by_suffix:
        return f"Take .{facts.subject.suffix} at its word: {step}"
    return f"Let {quoted(facts.label)} stand for {facts.about}: {step}"


def _next_step(facts: Facts) -> str:
    """By what stands most in the way; a name in whose way nothing stands is guarded against slips."""
    subject, label, suffix = facts.subject, facts.label, facts.subject.suffix
    if subject.is_lookalike:
        return f"move to a name in one script before spending anything on {subject.domain}, because it looks forged"
    if facts.likeness and not facts.is_well_known:
        famous = quoted(facts.likeness.famous)
        if facts.likeness.is_same:
            return f"ask whoever owns the name {famous} before spending anything on {subject.domain}"
        return f"look for a name further away from {famous} before spending anything on {subject.domain}"
    if not label.isascii():
        if plain(label).isascii():
            return f"register {plain(label)}.{suffix} as well, for keyboards without the marks of {quoted(label)}"
        return f"register a spelling of {quoted(label)} with the letters a to z as well, and let it lead here"
    if "-" in label:
        return f"try to get {label.replace('-', '')}.{suffix} as well, and let it lead here"
    if without_figures(label) != label and len(without_figures(label)) <= 63:
        return f"register {without_figures(label)}.{suffix} as well, and let it lead here"
    short = short_form(facts.words.parts, keep=frozenset(facts.topic.words), longest=HANDLE)
    if len(label) > HANDLE and short:
        return f"use {quoted(short)} where {quoted(label)} is too long"
    if suffix != "com" and not any(domain.endswith(".com") for domain in subject.siblings):
        return f"see whether {label}.com can be had, because {visitors_of(facts)} try it first"
    slip, by_whom = slip_of(label, facts.words)
    if slip:
        return f"register {slip}.{suffix} as well, for people who {by_whom}"
    return f"see that {quoted(label)} stands in large letters wherever it is printed"
