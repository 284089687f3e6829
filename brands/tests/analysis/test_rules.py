"""The rules engine: useful, honest, and the same every time."""

import re

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from brands.analysis import engines
from brands.analysis.phrases import CATEGORY_PHRASES
from brands.analysis.segmenting import segments_of
from brands.analysis.sound import is_pronounceable
from brands.analysis.subject import Subject
from brands.analysis.suggestion import picture
from brands.analysis.words import EMOJI
from brands.details import checked
from brands.models import Category
from brands.names import parse_domain
from brands.tests.analysis.many_names import CATEGORIES, subject


def analysed(given, **more):
    return engines.analyse("rules", subject(given, **more))


# What a person who knows these names, or reads them for the first time, would say of them.
REAL_NAMES = [
    ("howtocookathome.com", "cooking", "How To Cook At Home", "blog", "Worldwide"),
    ("allrecipes.com", "cooking", "All Recipes", "blog", "Worldwide"),
    ("tasty-thai-food.com", "cooking", "Tasty Thai Food", "blog", "Worldwide"),
    ("github.com", "tech", "Git Hub", "platform", "Worldwide"),
    ("deathtodata.com", "tech", "Death To Data", "platform", "Worldwide"),
    ("getstarted.dev", "tech", "Get Started", "platform", "Worldwide"),
    ("privacyguard.io", "privacy", "Privacy Guard", "platform", "Worldwide"),
    ("vpnhub.net", "privacy", "VPN Hub", "platform", "Worldwide"),
    ("24fit.co.uk", "health", "24 Fit", "community", "United Kingdom"),
    ("yogawithanna.com", "health", "Yoga Withanna", "community", "Worldwide"),
    ("deviantart.com", "art", "Deviant Art", "community", "Worldwide"),
    ("watercolorstudio.art", "art", "Watercolor Studio", "platform", "Worldwide"),
    ("khanacademy.org", "education", "Khan Academy", "platform", "Worldwide"),
    ("mathtutor.org", "education", "Math Tutor", "platform", "Worldwide"),
    ("chessclub.org", "gaming", "Chess Club", "community", "Worldwide"),
    ("dragonquestguild.gg", "gaming", "Dragon Quest Guild", "community", "Worldwide"),
    ("nerdwallet.com", "finance", "Nerd Wallet", "platform", "Worldwide"),
    ("smartbudget.app", "finance", "Smart Budget", "platform", "Worldwide"),
    ("berlinplumber.de", "local", "Berlin Plumber", "directory", "Germany"),
    ("localfarmersmarket.com", "local", "Local Farmers Market", "platform", "Worldwide"),
]


@pytest.mark.parametrize(("domain", "category", "name", "brand_type", "region"), REAL_NAMES)
def test_suggestions_for_real_names_make_sense(domain, category, name, brand_type, region):
    found = analysed(domain)
    assert (found.category, found.name, found.brand_type, found.region) == (category, name, brand_type, region)


@pytest.mark.parametrize("domain", [row[0] for row in REAL_NAMES] + ["soulfra.com", "bücher.de", "xn--80ak6aa92e.com"])
def test_the_same_domain_gets_the_same_words_and_each_text_is_whole(domain):
    first, second = analysed(domain), analysed(domain)
    assert first == second
    texts = [value for value in first.model_dump().values() if isinstance(value, str)]
    assert not [text for text in texts if re.search(r"[{}]|\s\s|\.\.|None", text) or text != text.strip()]
    assert len(re.findall(r"[.](?:\s|$)", first.strategy)) == 2
    assert not re.search(r"\bAI\b", " ".join([*texts, *first.strengths, *first.risks, *first.score_reasons]))


@pytest.mark.parametrize(
    "domain", ["a.co", "ocean.com", "x1-2-3-4-zzzzqqqqwwwwkkkkk0000.xyz", "раураl.com", "howtocookathome.com"]
)
def test_the_score_is_the_sum_of_its_named_reasons(domain):
    found = analysed(domain, is_lookalike=domain.startswith("р"), siblings=("ocean.org",) if "ocean" in domain else ())
    assert sum(int(reason.split(" ", 1)[0]) for reason in found.score_reasons) == found.score
    assert all(re.match(r"[+-]\d+ (for|because) \w", reason) for reason in found.score_reasons)


def test_a_better_name_scores_higher():
    scores = [analysed(domain).score for domain in ("chef.com", "tasty-thai-food.com", "my-2-tasty-thai-foods4you.xyz")]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[2] + 40


@pytest.mark.parametrize(
    ("domain", "more", "risk"),
    [
        ("my-shop.com", {}, "Hyphens"),
        ("24fit.com", {}, "Digits"),
        ("howtocookathomeforbeginners.com", {}, "Long"),
        ("xkcdqw.com", {}, "Hard to say"),
        ("bücher.de", {}, "not every keyboard"),
        ("ocean.xyz", {}, "cheap to register"),
        ("ocean.org", {}, "The .com of this name is not among your domains"),
        ("zumbrel.com", {}, "so no category is suggested"),
        ("paypal.com", {"is_lookalike": True}, "as in a forged address"),
    ],
)
def test_each_weakness_is_named(domain, more, risk):
    assert any(risk in told for told in analysed(domain, **more).risks)


def test_the_same_name_under_other_suffixes_counts_for_it():
    alone, together = analysed("ocean.org"), analysed("ocean.org", siblings=("ocean.com", "ocean.net"))
    assert together.score == alone.score + 5
    assert any("ocean.com, ocean.net" in told for told in together.strengths)
    assert not any("The .com" in told for told in together.risks)


def test_a_name_that_says_nothing_gets_open_texts_or_those_of_the_category_its_owner_chose():
    assert analysed("zumbrel.com").industry == ""
    chosen = analysed("zumbrel.com", category="health")
    assert (chosen.category, chosen.industry) == ("health", "Health and wellbeing")
    assert not any("no category" in told for told in chosen.risks)


def test_an_ordinal_is_one_word():
    found = analysed("my-2nd-shop.net")
    assert found.name == "My 2nd Shop"
    assert not any("heard as" in told for told in found.risks)


def test_a_category_that_staff_added_is_found_by_its_own_words():
    found = analysed("oldboats.com", categories=(*CATEGORIES, "boats"))
    assert (found.category, found.industry) == ("boats", "Boats")
    assert "boats" in found.target_audience


def test_without_any_category_none_is_suggested():
    assert analysed("chef.com", categories=()).category == ""


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("besthomecooking", ["best", "home", "cooking"]),
        ("soulfra", ["soulfra"]),
        ("ichbinbaum", ["ichbinbaum"]),
        ("24fit", ["24", "fit"]),
        ("my-2nd-shop", ["my", "2nd", "shop"]),
        ("4thekids", ["4", "the", "kids"]),
        ("ocean-dreams", ["ocean", "dreams"]),
        ("a" * 63, ["a" * 63]),
        ("日本語", ["日本語"]),
    ],
)
def test_a_label_is_split_into_its_words_and_never_into_crumbs(label, parts):
    assert list(segments_of(label).parts) == parts


def test_what_can_be_said_aloud():
    assert [is_pronounceable(label) for label in ("ocean", "strength", "xkcd", "bücher")] == [True, True, False, True]


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True) | st.sampled_from(
    ["a" * 63, "-".join("a1" * 15), "1a" * 31, "chess" * 12, "日本語", "münchen", "☃"]
)


@given(LABELS, st.sampled_from(["com", "de", "co.uk", "xyz", "zz", "xn--p1ai", "gg"]), st.booleans(), st.booleans())
def test_every_label_gets_an_analysis_that_fits_the_shape(label, suffix, is_lookalike, has_siblings):
    siblings = tuple(f"{'s' * 60}.{number}.example" for number in range(10)) if has_siblings else ()
    domain = f"{label}.{suffix}"
    found = engines.analyse(
        "rules", Subject(domain, label, suffix, "", {}, siblings, is_lookalike, (*CATEGORIES, "x" * 50))
    )
    assert sum(int(reason.split(" ", 1)[0]) for reason in found.score_reasons) == found.score
    assert found.name


def test_a_name_that_looks_like_another_is_suggested_in_ascii_only():
    name = parse_domain("раураl.com")
    assert name.is_lookalike
    assert analysed("раураl.com").name == name.domain


def test_every_emoji_of_the_lists_is_one():
    shown = {*EMOJI.values(), *(phrases.emoji for phrases in CATEGORY_PHRASES.values()), "1️⃣", "👩‍🍳", "🇩🇪"}
    assert {picture(emoji) for emoji in shown} == shown


@pytest.mark.parametrize("word", ["", "a", "ok", "noodles", "é", "🍜 soup", "7", "🍜" * 33, "🍜\x00"])
def test_what_is_no_emoji_is_refused(word):
    with pytest.raises(ValueError, match=r"is not an emoji|is empty|at most 32|control character"):
        picture(word)


@pytest.mark.django_db
def test_every_suggestion_can_be_applied_and_takes_no_database():
    with connection.execute_wrapper(lambda *args: pytest.fail("a query")):
        found = [analysed(row[0]).model_dump() for row in REAL_NAMES]
    keys = list(Category.objects.values_list("key", flat=True))
    fields = set(found[0]) - {"strengths", "risks", "score", "score_reasons"}
    for result in found:
        assert len(checked({field: result[field] for field in fields}, categories=keys)) == 10
