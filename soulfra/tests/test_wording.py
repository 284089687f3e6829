"""What people read: one full stop at the end of a sentence, domains as they are written, and no ids of rows."""

import pytest
from django.urls import reverse

from brands.names import for_people, parse_domain
from brands.testing.rows import make_brand
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.tests.conftest import alice_page
from tokens.wording import sentence

__all__ = ["alice_page"]


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("5 short", "5 short."),
        ("5 short.", "5 short."),
        ("Why not?", "Why not?"),
        ("Acme Inc. ", "Acme Inc."),
        ("wait…", "wait…"),
        ("he said “no.”", "he said “no.”"),
        ("a “b”", "a “b”."),
        ("", ""),
    ],
)
def test_a_sentence_has_one_end(text, ended):
    assert sentence(text) == ended


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("xn--bcher-kva.de", "bücher.de"),
        ("example.com", "example.com"),
        ("xn--80ak6aa92e.com", "аррӏе.com"),
        ("xn--pple-43d.com", "xn--pple-43d.com"),  # a Cyrillic letter among Latin ones
        ("xn--.com", "xn--.com"),
        (7, 7),
    ],
)
def test_a_domain_is_shown_as_people_write_it_unless_it_looks_like_another(kept, shown):
    assert for_people(kept) == shown


def test_a_note_names_a_domain_as_people_write_it():
    assert parse_domain("shop.bücher.de").notes == ("We shortened shop.bücher.de to bücher.de.",)


@pytest.mark.django_db
def test_a_refusal_ends_its_sentences_once(alice_page, alice):
    brand = make_brand(alice, "example.com")
    for answer in (
        alice_page.post(reverse("brands:analyze", args=[brand.pk]), {"form_key": "f" * 32}),
        alice_page.post(reverse("brands:add"), {"domain": "other.com"}),
        alice_page.post("/tokens/purchase", {"package": "no.such."}),
    ):
        assert ".." not in answer.content.decode().replace("../", "")


@pytest.mark.django_db
def test_usage_shows_domains_as_written_and_no_ids_of_the_shops_own_rows(alice_page, alice):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice.pk, "import_domain", metadata={"domain": "xn--bcher-kva.de", "ticket": "7"})
    spend(alice.pk, "data_export", metadata={"export": "0c0ffee0-0000-4000-8000-000000000000", "format": "json"})
    for path in ("/tokens/", "/tokens/usage"):
        page = alice_page.get(path).content.decode()
        assert "domain: bücher.de, ticket: 7" in page
        assert "format: json" in page
        assert "xn--" not in page
        assert "0c0ffee0" not in page
    assert TokenUsage.objects.filter(metadata__domain="xn--bcher-kva.de").count() == 1
