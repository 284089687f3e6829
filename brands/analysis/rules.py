"""The rules engine: the same domain gets the same analysis, with no network and no model; it never calls itself AI."""

from __future__ import annotations

from brands.analysis.segmenting import Segments
from brands.analysis.signals import Signal, signals_of
from brands.analysis.subject import Subject
from brands.analysis.suffixes import SuffixMeaning
from brands.analysis.suggestion import Suggestion, open_suggestion_among
from brands.analysis.texts import audience_of, open_risk_of, purpose_of, strategy_of, tagline_of
from brands.analysis.topics import Facts, facts_of
from brands.analysis.words import EMOJI, PLACES, TYPE_WORDS
from brands.details import LONGEST

# For a name without a subject, which gets no category, industry or type.
OPEN_EMOJI = "✨"


def analyse(subject: Subject) -> Suggestion:
    """The analysis of a brand, from its domain and the details its owner entered."""
    facts = facts_of(subject)
    words, phrases, is_open = facts.words, facts.phrases, facts.topic.is_open
    # A name that looks like another is written so that nobody is deceived.
    is_forged = subject.is_lookalike or (facts.likeness is not None and facts.likeness.is_forged)
    name = (words.name if words.name and not is_forged else subject.domain)[: LONGEST["name"]]
    brand_type = _brand_type(facts)
    signals = signals_of(facts)
    open_risks = [open_risk_of(facts)] if is_open else []
    score, reasons = _score(signals)
    emoji = OPEN_EMOJI if is_open else phrases.emoji
    said = {
        "category": facts.topic.category,
        "name": name,
        "brand_type": brand_type,
        "emoji": next((EMOJI[word] for word in reversed(words.known) if word in EMOJI), emoji),
        "tagline": tagline_of(facts, name),
        "target_audience": audience_of(facts),
        "purpose": purpose_of(facts, name, brand_type),
        "industry": "" if is_open else phrases.industry or _capital(facts.topic.category),
        "region": _region(words, facts.suffix),
        "strategy": strategy_of(facts),
        "strengths": [signal.strength for signal in signals if signal.strength][:8],
        "risks": [*[signal.risk for signal in signals if signal.risk][: 8 - len(open_risks)], *open_risks],
        "score": score,
        "score_reasons": reasons,
    }
    return open_suggestion_among(subject.categories).model_validate(said)


def _brand_type(facts: Facts) -> str:
    known = reversed(facts.words.known)
    found = (kind for word in known for kind, its_words in TYPE_WORDS.items() if word in its_words)
    usual = "" if facts.topic.is_open else facts.phrases.brand_type
    return next(found, "") or facts.suffix.brand_type or usual


def _region(words: Segments, suffix: SuffixMeaning) -> str:
    return next((PLACES[word] for word in words.known if word in PLACES), "") or suffix.region


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
