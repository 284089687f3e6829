"""Lists that come as files, and lists that are too long: what the form makes of them before anything is granted."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from devtools.testing.growth import grows_linearly
from tokens.models import GrantBatch
from tokens.staff import batches
from tokens.testing.office import hidden, hire, page

pytestmark = pytest.mark.django_db

LIST = page("tokens_grantbatch", "grant_to_a_list")


@pytest.fixture
def support(client):
    client.force_login(hire("support"))
    return client


def send(client, **fields):
    key = hidden(client.get(LIST), "key")
    return client.post(LIST, {"key": key, "tokens": "20", "reason": "Promotion", "note": "Spring", **fields})


def csv(text, encoding="utf-8"):
    return SimpleUploadedFile("list.csv", text.encode(encoding), "text/csv")


def test_a_csv_file_with_other_columns_is_read_and_its_addresses_are_what_is_confirmed(support, alice, bob):
    file = csv('name,e-mail,city\n"A, lice",Alice@Example.com,Bern\nBob,<bob@example.com>,Oslo\n,,\n', "utf-8-sig")
    shown = send(support, file=file)
    assert "2 of 2 addresses found: 40 tokens in total." in " ".join(shown.content.decode().split())
    assert not GrantBatch.objects.exists()
    body = {name: hidden(shown, name) for name in ("key", "_confirm")}
    emails = "alice@example.com\nbob@example.com"
    assert emails in shown.content.decode()
    sent = {**body, "emails": emails, "tokens": "20", "reason": "Promotion", "note": "Spring"}
    assert support.post(LIST, sent).status_code == 303
    assert GrantBatch.objects.get().emails == ["alice@example.com", "bob@example.com"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"emails": "nobody here"}, "Enter at least one email address."),
        ({"file": csv("name\nalice\n")}, "Enter at least one email address."),
        (
            {"file": csv("a@b.c\n"), "other": csv("b@b.c\n")},
            "Choose one CSV file: several were sent, and nothing was done with any.",
        ),
        ({"emails": "a@b.c", "tokens": "0"}, "greater than or equal to 1"),
        ({"emails": "a@b.c", "note": ""}, "This field is required."),
        ({"emails": "a@b.c", "expires_at": "2020-01-01"}, "Choose today or a later date."),
    ],
)
def test_a_list_that_says_too_little_is_asked_again(support, fields, said):
    shown = send(support, _confirm="x", **fields)
    assert said in shown.content.decode()
    assert not GrantBatch.objects.exists()


def test_a_list_that_is_too_long_is_refused_and_not_cut(support, monkeypatch):
    monkeypatch.setattr(batches, "LONGEST_LIST", 2)
    shown = send(support, emails="a@b.c d@e.f g@h.i")
    assert "A list may have at most 2 addresses." in shown.content.decode()
    assert hidden(shown, "_confirm") == ""


@pytest.mark.parametrize("part", ["x", "@", "x@", "a@b.c;", "<", "\n", '"x'])
def test_a_list_is_read_in_time_in_proportion_to_its_length(part):
    assert grows_linearly(lambda size: batches.read(part * size), 10_000)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Alice <A@b.c>, 'd@e.f';\"g@h.i\"", ["a@b.c", "d@e.f", "g@h.i"]),
        ("a@b.c\ta@B.c @home at@ @ a@b@c", ["a@b.c", "a@b@c"]),
        ("nobody", []),
    ],
)
def test_addresses_are_words_with_an_at_sign_in_their_middle(text, found):
    assert batches.read(text) == found


def test_several_accounts_with_one_address_are_granted_once(support, alice, bob):
    type(bob).objects.filter(pk=bob.pk).update(email="ALICE@example.com")
    shown = send(support, emails="alice@example.com")
    assert "1 of 1 address found: 20 tokens in total." in " ".join(shown.content.decode().split())
