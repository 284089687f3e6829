"""What a name is about: a category among those there are, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from brands.analysis.famous import Likeness, likeness_of
from brands.analysis.phrases import CATEGORY_PHRASES, OTHER_PHRASES, Phrases
from brands.analysis.segmenting import Segments, segments_of, singular
from brands.analysis.sound import is_pronounceable
from brands.analysis.subject import Subject
from brands.analysis.suffixes import SuffixMeaning, meaning_of
from brands.analysis.words import CATEGORY_WORDS


@dataclass(frozen=True)
class Topic:
    """A category among those there are, and the words of the name that speak for it, which may be none.

    `is_open`: nothing speaks for any, so there is none. `by_suffix`: only the suffix speaks for it.
    """

    category: str
    words: list[str]
    is_open: bool = False
    by_suffix: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything that the rules know of one name before they say anything of it."""

    subject: Subject
    words: Segments
    suffix: SuffixMeaning
    topic: Topic
    phrases: Phrases
    likeness: Likeness | None

    @property
    def label(self) -> str:
        return self.subject.label

    @property
    def is_well_known(self) -> bool:
        """Whether it is a well-known name under a suffix that such sites have, so that it may be that very site."""
        is_whole = self.likeness is not None and self.likeness.is_same and self.likeness.piece == self.label
        return is_whole and self.subject.suffix in ("com", "org")

    @property
    def about(self) -> str:
        """The subject in a word or two; "" where the name tells none."""
        return "" if self.topic.is_open else self.phrases.about

    @property
    def kind(self) -> str:
        """What the name tells, as far as it tells no subject: the kinds are those of `data/phrases.toml`."""
        label, known = self.label, self.telling
        if self.likeness and not self.likeness.is_same:
            return "beside"
        if label.isdigit():
            return "figures"
        if not label.isascii():
            return "script"
        if self.words.are_all_known and len(known) == 1 == len(self.words.parts):
            return "word"
        if self.words.are_all_known and len(known) > 1 and not any(part.isdigit() for part in self.words.parts):
            return "words"
        if known:
            return "part"
        return "sound" if is_pronounceable(label) else "letters"

    @property
    def telling(self) -> list[str]:
        """The known words of a name that say something by themselves; those of a letter or two where there are few."""
        known = list(dict.fromkeys(self.words.known))
        long = [word for word in known if len(word) > 2]
        return long if len(long) > 1 or not self.words.are_all_known else known


def facts_of(subject: Subject) -> Facts:
    """What is known of a name from its letters, its suffix and the details that its owner entered."""
    words, suffix = segments_of(subject.label, also=_added_words(subject)), meaning_of(subject.suffix)
    topic = _topic(subject, words, suffix)
    likeness = likeness_of(subject.label, words.parts)
    return Facts(subject, words, suffix, topic, _phrases(topic.category), likeness)


def category_of(word: str) -> str:
    """The category of a word of the lists, the first that has it; "" for a plain word."""
    return next((key for key, its in CATEGORY_WORDS.items() if {word, singular(word)} & its), "")


def _topic(subject: Subject, words: Segments, suffix: SuffixMeaning) -> Topic:
    spoken_for = {key: _words_of(key, words) for key in subject.categories}
    weights = {key: sum(map(len, found)) + 2 * (suffix.topic == key) for key, found in spoken_for.items()}
    # max() takes the first of equals; the owner's own choice decides before the order of the categories does.
    likeliest = max(weights, key=lambda key: (weights[key], key == subject.category), default="")
    if weights.get(likeliest):
        return Topic(likeliest, spoken_for[likeliest], by_suffix=not spoken_for[likeliest])
    if subject.category in subject.categories:
        return Topic(subject.category, [])
    return Topic("", [], is_open=True)


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
    texts = ("about", "audience", "goal", "first_step")
    spoken = {name: getattr(OTHER_PHRASES, name).replace("{topic}", topic) for name in texts}
    taglines = [line.replace("{topic}", topic) for line in OTHER_PHRASES.taglines]
    return replace(OTHER_PHRASES, **spoken, taglines=taglines)
