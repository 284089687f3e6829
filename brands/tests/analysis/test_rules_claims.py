"""Every sentence of the rules says something of one name that is true of it, and of few others."""

import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.analysis import engines
from brands.tests.analysis.claims import ABOUT, FAMOUS, LISTED, Name, Q, is_like, why_not
from brands.tests.analysis.many_names import NAMES, subject

# In a corpus where every kind of name is a twentieth or so, a sentence of more names than this would fit any.
MOST_SHARE = 0.11


def of_category(name, sentence, category):
    """A tagline of a category: it has the name, in which a word of that category stands."""
    about = next(about for about, key in ABOUT.items() if key == category)
    return "" if name.is_about(about) else f"{name.domain}: {sentence!r} isn't about {category}"


def assessment_of(found):
    """The strengths, the risks and the reasons, without the points of these."""
    return [
        *found["strengths"],
        *found["risks"],
        *(re.sub(r"^[+-]\d+ for ", "", each) for each in found["score_reasons"]),
    ]


def texts_of(found):
    return [found["target_audience"], found["purpose"], *re.split(r"(?<=[.])\s", found["strategy"])]


def wrong_with(name, found):
    """What is wrong with everything that is said of a name."""
    told = [why_not(name, sentence) for sentence in assessment_of(found)]
    tagline = why_not(name, found["tagline"])
    if tagline.endswith("claims nothing of it"):
        assert found["tagline"].startswith(found["name"][:60])
        tagline = of_category(name, found["tagline"], found["category"])
    return [
        *filter(None, [*told, tagline]),
        *(f"{name.domain}: {text!r}" for text in texts_of(found) if not is_of(name, text)),
    ]


def is_of(name, text):
    """Whether a text quotes the name, its words, its sound or its suffix, and nothing else."""
    label = name.label[:39]
    quoted = [word.replace("-", "").rstrip("…") for word in re.findall(Q, text)]
    allowed = (name.label, name.joined, "s")
    mine = all(any(word in whole for whole in allowed) or is_like(name, word) for word in quoted)
    spelled = ", ".join(name.label[:12])
    return mine and bool(quoted or f".{name.suffix}" in text or label in text or spelled in text)


def analysed(domain):
    return engines.analyse("rules", subject(domain)).model_dump()


def test_everything_that_is_said_of_two_hundred_names_is_true_of_them():
    assert len(NAMES) > 200
    assert [wrong for domain in NAMES for wrong in wrong_with(Name(domain), analysed(domain))] == []


def shape_of(sentence, name, found):
    """A sentence without the name, its words, its suffix and its figures."""
    parts = {name.label, name.joined, name.domain, f".{name.suffix}", found["name"].lower()}
    parts |= {word.lower() for word in [*found["name"].split(), *re.findall(Q, sentence)] if word.lower() in name.label}
    shape = sentence.lower()
    for part in sorted(parts, key=len, reverse=True):
        shape = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "_", shape)
    return re.sub(r"[+-]?\d+", "#", shape)


def test_no_sentence_is_shared_by_more_than_a_small_share_of_the_names():
    said = defaultdict(set)
    for domain in NAMES:
        name, found = Name(domain), analysed(domain)
        for sentence in [
            found["tagline"],
            *texts_of(found),
            *found["strengths"],
            *found["risks"],
            *found["score_reasons"],
        ]:
            said[shape_of(sentence, name, found)].add(domain)
    shares = {shape: len(domains) / len(NAMES) for shape, domains in said.items()}
    assert {shape: share for shape, share in shares.items() if share > MOST_SHARE} == {}


@pytest.mark.parametrize(
    ("domain", "sentence"),
    [
        ("ocean.com", "Great potential as a brand."),
        ("ocean.com", "It can be said aloud."),
        ("ocean.com", "“ocean” reads the same backwards."),
        ("ocean.com", "6 characters in one word, as many as “domain” has"),
        ("ocean.com", "Understood when heard: “ocean” speaks of food."),
        ("chef.com", "“club” tells at once that it is about food."),
        ("my-shop.com", "3 hyphens in “my-shop”"),
        ("berlin.fr", "“berlin” and .fr both belong to France."),
        (
            "amazom.com",
            "“amazom” is one letter away from the well-known “google”, with “m” for “n”: it is taken for a slip.",
        ),
        ("paypa2.com", "“paypa2”, which can be read as the well-known “paypal”"),
    ],
)
def test_a_phrase_and_a_claim_that_is_not_true_are_found_out(domain, sentence):
    assert why_not(Name(domain), sentence)


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True) | st.builds(
    lambda words, between: between.join(words),
    st.lists(st.sampled_from(sorted(LISTED)) | st.sampled_from(sorted(FAMOUS)), min_size=1, max_size=5),
    st.sampled_from(["", "", "-", "2"]),
)


@given(
    LABELS.filter(lambda label: label[2:4] != "--"),
    st.sampled_from(["com", "de", "co.uk", "xyz", "net", "gg", "zz", "fit"]),
)
def test_what_is_said_of_any_label_is_true_of_it(label, suffix):
    domain = f"{label}.{suffix}"
    given = subject("ocean.com", domain=domain, label=label, suffix=suffix)
    name = Name("ocean.com")
    name.subject, name.label, name.suffix, name.domain = given, label, suffix, domain
    name.joined, name.last_suffix = re.sub(r"[^\w]", "", label), suffix.rpartition(".")[2]
    assert wrong_with(name, engines.analyse("rules", given).model_dump()) == []
