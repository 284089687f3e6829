"""Names that everybody knows: a name that is one of them, or a slip or a forgery of one, is told so."""

import pytest

from brands.analysis import engines
from brands.analysis.famous import FAMOUS, likeness_of
from brands.tests.analysis.many_names import subject


def likeness(label):
    found = likeness_of(label, ())
    return (found.piece, found.famous, found.how) if found else None


@pytest.mark.parametrize(
    ("label", "famous", "how"),
    [
        ("amazom", "amazon", "with “m” for “n”"),
        ("yamazon", "amazon", "with one “y” more"),
        ("gooogle", "google", "with one “o” more"),
        ("googles", "google", "with one “s” more"),
        ("gogle", "google", "with one “o” fewer"),
        ("oogle", "google", "with one “g” fewer"),
        ("googl", "google", "with one “e” fewer"),
        ("googel", "google", "with “el” for “le”"),
        ("xetflix", "netflix", "with “x” for “n”"),
    ],
)
def test_one_letter_away_is_another_one_more_one_fewer_or_two_swapped(label, famous, how):
    assert likeness(label) == (label, famous, how)


@pytest.mark.parametrize(
    ("label", "famous", "how"),
    [
        ("paypa1", "paypal", "with “1” for “l”"),
        ("micros0ft", "microsoft", "with “0” for “o”"),
        ("g00gle", "google", "with “0” for “o”"),
        ("1nstagram", "instagram", "with “1” for “i”"),
        ("4maz0n", "amazon", "with “4” for “a” and “0” for “o”"),
        ("ub3r", "uber", "with “3” for “e”"),
        ("arnazon", "amazon", "with “rn” for “m”"),
        ("face-book", "facebook", "with a hyphen in it"),
        ("amazön", "amazon", "with “ö”"),
    ],
)
def test_what_is_written_to_be_read_alike_is_told_as_that(label, famous, how):
    assert likeness(label) == (label, famous, how)


@pytest.mark.parametrize(
    ("label", "piece"), [("paypa1-login", "paypa1"), ("my-amazom-shop", "amazom"), ("amazon-deals", "amazon")]
)
def test_a_piece_between_hyphens_is_compared_too(label, piece):
    assert likeness(label)[0] == piece


@pytest.mark.parametrize(
    "label", ["ocean", "soulfra", "king", "ring", "stripes", "1337", "a", "日本語", "", "nefltxi", "4ma20n"]
)
def test_other_names_and_plain_words_are_like_none(label):
    assert likeness(label) is None


def test_every_well_known_name_is_the_same_as_itself_and_can_be_a_label():
    assert len(FAMOUS) > 200
    for name in FAMOUS:
        assert name.isascii()
        assert name.islower()
        assert likeness(name) == (name, name, "")


@pytest.mark.parametrize(
    ("domain", "famous"), [("amazom.com", "amazon"), ("paypa1.net", "paypal"), ("ebay.de", "ebay")]
)
def test_the_analysis_warns_in_the_first_risk_the_score_and_the_strategy(domain, famous):
    found = engines.analyse("rules", subject(domain))
    assert "well-known" in found.risks[0]
    assert any(reason.startswith("-") and f"“{famous}”" in reason for reason in found.score_reasons)
    assert f"“{famous}”" in found.strategy


def test_a_forgery_is_never_written_as_the_name_it_looks_like():
    assert engines.analyse("rules", subject("paypa1.com")).name == "paypa1.com"


def test_the_site_itself_is_not_told_to_look_for_another_name():
    found = engines.analyse("rules", subject("github.com"))
    assert any("known all over the web" in strength for strength in found.strengths)
    assert not any("claim" in risk for risk in found.risks)
    assert "whoever owns" not in found.strategy


@pytest.mark.parametrize("domain", ["zumbrel.com", "amazom.com", "xkcdqw.com", "1337.com", "ocean.com", "日本語.com"])
def test_where_nothing_tells_a_subject_no_category_industry_or_type_is_suggested(domain):
    found = engines.analyse("rules", subject(domain))
    assert (found.category, found.industry, found.brand_type) == ("", "", "")
    assert "so no category is suggested" in found.risks[-1]
    assert " is a name " in found.purpose
