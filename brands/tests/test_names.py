"""From whatever people paste to the registrable domain, or a reason why it is none."""

import pytest

from brands.errors import BadDomain
from brands.names import parse_domain, to_unicode


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ("ocean.com", "ocean.com"),
        ("  OCEAN.Com. ", "ocean.com"),
        ("https://www.ocean.co.uk/a/path?q=1#x", "ocean.co.uk"),
        ("ocean.com:8080", "ocean.com"),
        ("//ocean.com", "ocean.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("ｏｃｅａｎ.com", "ocean.com"),
        ("ocean。com", "ocean.com"),
        ("faß.de", "xn--fa-hia.de"),
        ("a.b.ocean.com", "ocean.com"),
        ("ocean.github.io", "ocean.github.io"),
        ("例え.jp", "xn--r8jz45g.jp"),
    ],
)
def test_what_people_paste_becomes_the_registrable_domain(given, domain):
    assert parse_domain(given).domain == domain


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "no domain here"),
        ("localhost", "single word"),
        ("127.0.0.1", "address of a machine"),
        ("http://[::1]:80/", "address of a machine"),
        ("ocean.local", r"\.local, which is no public suffix"),
        ("ocean.internal", "no public suffix"),
        ("ocean.test", "no public suffix"),
        ("co.uk", "a suffix under which"),
        ("github.io", "a suffix under which"),
        ("alice@ocean.com", "e-mail address"),
        ("under_score.com", "no valid domain"),
        ("-ocean.com", "no valid domain"),
        ("two words.com", "one domain at a time"),
        ("ocean..com", "no valid domain"),
        ("💧.com", "no valid domain"),
        (f"{'a' * 64}.com", "no valid domain"),
        (".".join(["abcdefgh"] * 32) + ".com", "at most 253"),
        ("http://[bad", "no domain and no address"),
        ("ocean.com:99999", "no domain and no address"),
    ],
)
def test_what_is_no_domain_is_refused_with_a_reason(given, why):
    with pytest.raises(BadDomain, match=why):
        parse_domain(given)


def test_what_was_left_out_is_said():
    assert parse_domain("https://www.ocean.com/shop").notes == (
        "The scheme was left out.",
        "What follows the domain was left out.",
        "“www.ocean.com” is part of ocean.com.",
    )
    assert parse_domain("ocean.com").notes == ()


@pytest.mark.parametrize(
    ("given", "is_lookalike"),
    [
        ("pаypal.com", True),
        ("paypal.com", False),
        ("яндекс.com", False),
        ("bücher.de", False),
        ("東京タワー.jp", False),
    ],
)
def test_letters_of_several_scripts_are_flagged(given, is_lookalike):
    assert parse_domain(given).is_lookalike is is_lookalike


def test_a_domain_is_shown_as_people_write_it():
    assert to_unicode("xn--bcher-kva.de") == "bücher.de"
    assert to_unicode("xn--not-valid-\u00e9") == "xn--not-valid-\u00e9"
