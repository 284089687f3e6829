"""The slug of a brand: ASCII words of its name, and of its domain where the name has none."""

import pytest

from brands.details import name_and_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Straße", "strasse"),
        ("STRAẞE", "strasse"),
        ("Łódź", "lodz"),
        ("Æther Ørsted", "aether-orsted"),
        ("Œuvre", "oeuvre"),
        ("İstanbul ıssız", "istanbul-issiz"),
        ("ﬁne ﬂow", "fine-flow"),
        ("Þing Đe Ħal", "thing-de-hal"),
        ("Bücher & Ñandú", "bucher-nandu"),
        (f"{'x' * 119} y", "x" * 119),
    ],
)
def test_no_letter_of_a_latin_name_is_lost(name, slug):
    assert name_and_slug("ocean.com", name) == {"name": name, "slug": slug}


@pytest.mark.parametrize("name", ["東京", "💩", "Москва", "---", "…"])
def test_a_name_without_latin_letters_takes_the_slug_of_its_domain(name):
    assert name_and_slug("deep-ocean.co.uk", name)["slug"] == "deep-ocean"


def test_a_domain_in_other_letters_is_named_by_them_and_has_a_slug_all_the_same():
    assert name_and_slug("xn--ls8h.la") == {"name": "💩", "slug": "xn-ls8h"}
    assert name_and_slug("xn--bcher-kva.de") == {"name": "Bücher", "slug": "bucher"}
