"""The rules engine: the same domain gets the same analysis, with no network and no model; it never calls itself AI."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zlib import crc32

from brands.analysis.phrases import CATEGORY_PHRASES, NEXT_STEPS, OPEN_PHRASES, OTHER_PHRASES, TYPE_NOUNS, Phrases
from brands.analysis.segmenting import Segments, segments_of, singular, titled
from brands.analysis.signals import Signal, signals_of
from brands.analysis.subject import Subject
from brands.analysis.suffixes import SuffixMeaning, meaning_of
from brands.analysis.suggestion import Suggestion, suggestion_among
from brands.analysis.words import CATEGORY_WORDS, EMOJI, PLACES, TYPE_WORDS
from brands.details import LONGEST

# Taken where neither the words, the suffix nor the owner say anything.
USUAL_CATEGORY = "business"
GUESS = "No word of the name says what it is about: the category is a guess, and the texts are open."


def analyse(subject: Subject) -> Suggestion:
    """The analysis of a brand, from its domain and the details its owner entered."""
    words, suffix = segments_of(subject.label, also=_added_words(subject)), meaning_of(subject.suffix)
    topic = _topic(subject, words, suffix)
    phrases = OPEN_PHRASES if topic.is_guess else _phrases(topic.category)
    # A name that looks like another is written so that nobody is deceived.
    name = (words.name if words.name and not subject.is_lookalike else subject.domain)[: LONGEST["name"]]
    brand_type = _brand_type(words, suffix, phrases)
    signals = signals_of(subject, words, suffix, topic_words=topic.words)
    score, reasons = _score(signals)
    said = {
        "category": topic.category,
        "name": name,
        "brand_type": brand_type,
        "emoji": next((EMOJI[word] for word in reversed(words.known) if word in EMOJI), phrases.emoji),
        "tagline": _tagline(subject, name, phrases),
        "target_audience": phrases.audience + _where(words),
        "purpose": f"{name} is {TYPE_NOUNS[brand_type]} that helps its people {phrases.goal}.",
        "industry": phrases.industry or _capital(topic.category),
        "region": _region(words, suffix),
        "strategy": f"{phrases.first_step}. {NEXT_STEPS[_obstacle(subject)]}.",
        "strengths": [signal.strength for signal in signals if signal.strength][:8],
        "risks": [*([GUESS] if topic.is_guess else []), *(signal.risk for signal in signals if signal.risk)][:8],
        "score": score,
        "score_reasons": reasons,
    }
    return suggestion_among(subject.categories).model_validate(said)


@dataclass(frozen=True)
class Topic:
    """A category among those there are, and the words of the name that speak for it, which may be none."""

    category: str
    words: list[str]
    is_guess: bool = False


def _topic(subject: Subject, words: Segments, suffix: SuffixMeaning) -> Topic:
    spoken_for = {key: _words_of(key, words) for key in subject.categories}
    weights = {key: sum(map(len, found)) + 2 * (suffix.topic == key) for key, found in spoken_for.items()}
    # max() takes the first of equals; the owner's own choice decides before the order of the categories does.
    likeliest = max(weights, key=lambda key: (weights[key], key == subject.category), default="")
    if weights.get(likeliest):
        return Topic(likeliest, spoken_for[likeliest])
    if subject.category in subject.categories:
        return Topic(subject.category, [])
    guesses = (USUAL_CATEGORY, *subject.categories)
    return Topic(next((key for key in guesses if key in subject.categories), ""), [], is_guess=True)


def _added_words(subject: Subject) -> frozenset[str]:
    """The words of categories that staff have added: those of their keys."""
    added = (key for key in subject.categories if key not in CATEGORY_WORDS)
    return frozenset(word for key in added for word in key.split("-"))


def _words_of(category: str, words: Segments) -> list[str]:
    """The words of the name that belong to a category; one that staff have added owns the words of its key."""
    its_words = CATEGORY_WORDS.get(category) or set(category.split("-"))
    return [part for part in dict.fromkeys(words.parts) if {part, singular(part)} & its_words]


def _phrases(category: str) -> Phrases:
    if category in CATEGORY_PHRASES:
        return CATEGORY_PHRASES[category]
    topic = category.replace("-", " ") or "their subject"
    texts = ("audience", "goal", "first_step")
    spoken = {name: getattr(OTHER_PHRASES, name).replace("{topic}", topic) for name in texts}
    taglines = [_capital(line.replace("{topic}", topic)) for line in OTHER_PHRASES.taglines]
    return replace(OTHER_PHRASES, **spoken, taglines=taglines)


def _brand_type(words: Segments, suffix: SuffixMeaning, phrases: Phrases) -> str:
    found = (kind for word in reversed(words.known) for kind, its_words in TYPE_WORDS.items() if word in its_words)
    return next(found, "") or suffix.brand_type or phrases.brand_type


def _tagline(subject: Subject, name: str, phrases: Phrases) -> str:
    """One of three, always the same for a domain; a long name leaves no room for itself."""
    line = phrases.taglines[crc32(subject.domain.encode()) % len(phrases.taglines)]
    return line.replace("{name}", name) if len(name) <= 60 else phrases.taglines[1].replace("{name}", "")


def _region(words: Segments, suffix: SuffixMeaning) -> str:
    return next((PLACES[word] for word in words.known if word in PLACES), "") or suffix.region


def _where(words: Segments) -> str:
    places = [word for word in words.known if word in PLACES]
    return f", in and around {titled(places[0])}" if places else ""


def _obstacle(subject: Subject) -> str:
    label = subject.label
    obstacles = {
        "lookalike": subject.is_lookalike,
        "idn": not label.isascii(),
        "hyphen": "-" in label,
        "digit": any(character.isdigit() for character in label),
        "long": len(label) > 15,
        "suffix": subject.suffix != "com" and not any(domain.endswith(".com") for domain in subject.siblings),
    }
    return next((obstacle for obstacle, stands_in_the_way in obstacles.items() if stands_in_the_way), "")


def _score(signals: list[Signal]) -> tuple[int, list[str]]:
    """The sum of the signals' points, and the reasons that add up to it."""
    total = sum(signal.points for signal in signals)
    reasons = [f"{signal.points:+d} for {signal.why}" for signal in signals if signal.points]
    score = min(100, max(0, total))
    if score != total:
        reasons.append(f"{score - total:+d} because a score ends at {score}")
    return score, reasons


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
