"""From whatever people paste to the registrable domain, or a reason why it is none."""

import pytest

from brands.errors import BadDomain
from brands.idn import to_ascii_or_none, to_unicode
from brands.names import parse_domain

pytestmark = pytest.mark.django_db


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
        ("", "^Enter a domain, such as example.com.$"),
        ("localhost", "missing a suffix"),
        ("127.0.0.1", "is an IP address"),
        ("http://[::1]:80/", "is an IP address"),
        ("ocean.local", r"\.local, which isn't a public suffix"),
        ("ocean.internal", "isn't a public suffix"),
        ("ocean.test", "isn't a public suffix"),
        ("co.uk", "a public suffix"),
        ("github.io", "a public suffix"),
        ("alice@ocean.com", "An email address, or an address with a password, isn't a domain. Use ocean.com."),
        ("under_score.com", "“under_score.com” has an underscore, which domains can't have. Check the spelling."),
        ("-ocean.com", "has a part that begins or ends with a hyphen"),
        ("two words.com", "one domain at a time"),
        ("ocean..com", "has two dots in a row. Use ocean.com."),
        ("ab--cd.com", "has two hyphens in a place where only names beginning with xn-- may have them"),
        ("xn--a.com", "has a part that begins with xn-- but isn't valid Punycode"),
        ("شبكة1a.com", "combines letters in a way that domains can't"),
        (f"{'a' * 64}.com", "has more than 63 characters between two dots"),
        (f"{'é' * 60}.com", "has more than 63 characters between two dots"),
        (".".join(["abcdefgh"] * 32) + ".com", "at most 253"),
        ("http://[bad", "isn't a domain or an address"),
        ("ocean.com:99999", "isn't a domain or an address"),
    ],
)
def test_what_is_no_domain_is_refused_with_a_reason(given, why):
    with pytest.raises(BadDomain, match=why):
        parse_domain(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://www.ocean.com/shop", "We shortened https://www.ocean.com/… to ocean.com."),
        ("ftp://ocean.com", "We shortened ftp://ocean.com to ocean.com."),
        ("//ocean.com", "We shortened //ocean.com to ocean.com."),
        ("ocean.com:8080", "We shortened ocean.com:8080 to ocean.com."),
        ("ocean.com?a=1", "We shortened ocean.com/… to ocean.com."),
        ("www.xn--bcher-kva.de", "We shortened www.bücher.de to bücher.de."),
        ("https://xn--bcher-kva.de/a", "We shortened https://bücher.de/… to bücher.de."),
        (f"ocean.com/{'x' * 99}", "We shortened ocean.com/… to ocean.com."),
        (f"{'a.' * 40}ocean.com", f"We shortened {'a.' * 28}a… to ocean.com."),
    ],
)
def test_what_was_shortened_is_said(given, said):
    assert parse_domain(given).notes == (said,)


@pytest.mark.parametrize("given", ["ocean.com", " Ocean.COM. ", "ocean.com/", "bücher.de", "xn--bcher-kva.de"])
def test_of_what_only_has_another_form_nothing_is_said(given):
    assert parse_domain(given).notes == ()


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


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ("*.wild-card.com", "wild-card.com"),
        ("_dmarc.under-score.co.uk", "under-score.co.uk"),
        ("_sip._tcp.bücher.de", "bücher.de"),
        (".lead-dot.com", "lead-dot.com"),
        ("r3---sn-abc.example-video.com", "example-video.com"),
        ("-www.ocean.com", "ocean.com"),
        (f"{'a' * 64}.ocean.com", "ocean.com"),
        ("“ocean.com”", "ocean.com"),
        ("ocean.com,", "ocean.com"),
        ("(ocean.com)", "ocean.com"),
        ("👩\u200d💻.ws", "👩💻.ws"),
        ("alice@mail.ocean.com", "ocean.com"),
    ],
)
def test_a_name_that_is_nearly_a_domain_is_refused_with_the_one_to_write(given, instead):
    with pytest.raises(BadDomain) as refused:
        parse_domain(given)
    assert str(refused.value).endswith(f" Use {instead}.")
    assert parse_domain(instead).domain


@pytest.mark.parametrize("char", ["€", "∕", "–", "”", "%", ",", "$", "!", "\u2060\u0600"])
def test_a_character_that_no_domain_can_have_is_shown(char):
    with pytest.raises(BadDomain) as refused:
        parse_domain(f"oc{char}ean.com")
    said = str(refused.value)
    assert f"contains a “{char}”, which" in said or "invisible character" in said
    assert "Codepoint" not in said


@pytest.mark.parametrize(
    ("given", "domain", "shown"),
    [
        ("💩.la", "xn--ls8h.la", "💩.la"),
        ("xn--ls8h.la", "xn--ls8h.la", "💩.la"),
        ("https://www.XN--LS8H.la/", "xn--ls8h.la", "💩.la"),
        ("❤\ufe0f.ws", "xn--qei.ws", "❤.ws"),
        ("i❤ny.ws", "xn--iny-4r6a.ws", "i❤ny.ws"),
        ("1\ufe0f\u20e3.ws", "xn--1-2sn.ws", "1\u20e3.ws"),
        ("👍🏽.to", "xn--on8h5e.to", "👍🏽.to"),
        ("🇩🇪.ws", "xn--h77hc.ws", "🇩🇪.ws"),
        ("🫨.la", "xn--929h.la", "🫨.la"),
        ("☃.com", "xn--n3h.com", "☃.com"),
        ("bücher-📚.de", "xn--bcher--3ya74843h.de", "bücher-📚.de"),
    ],
)
def test_emoji_names_are_domains_that_are_written_in_two_ways(given, domain, shown):
    assert parse_domain(given).domain == domain
    assert (to_unicode(domain), to_ascii_or_none(shown)) == (shown, domain)


@pytest.mark.parametrize(
    "given", ["-💩.la", "💩-.la", "ab--💩.la", "xn--💩.la", "💩\u0301\u200d.la", f"{'💩' * 64}.la"]
)
def test_emoji_do_not_make_a_name_fit_that_is_not(given):
    with pytest.raises(BadDomain):
        parse_domain(given)


@pytest.mark.parametrize("inside", ["\n", "\r\n", "\t", " ", "\x00", "\x7f", "\u3000"])
def test_two_domains_in_one_text_are_never_joined_to_a_third(inside):
    with pytest.raises(BadDomain, match="Enter one domain at a time"):
        parse_domain(f"foo.com{inside}bar.com")
    assert parse_domain(" foo.com\n").domain == "foo.com"
