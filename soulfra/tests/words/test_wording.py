"""What people read: plain English, one full stop at the end of a sentence, domains as written, and no ids of rows."""

import ast
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse

from brands.names import for_people, parse_domain
from brands.testing.rows import make_brand
from tokens.models import TokenUsage
from tokens.models.staff import ACTION_LABELS
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.tests.conftest import alice_page
from tokens.wording import counted, sentence

__all__ = ["alice_page"]

# What the shop does not say to customers, to programs and at the terminal: what to say stands in the words of today.
BANNED_FOR_CUSTOMERS = """
about it · what is said of · what you said is kept · take a suggestion over · as no test · tick the domains · tick all
filters and order · files of the last day · was left out · were left out · is no valid · is no port · is no month
is no time · is no address · there is no such · there is no tier · there is no plan · there is no package
there is no action · send one of: · what pays</h2> · twice in the file · your mailbox · by mail · this mail · get a mail
which mails · mails go · bought so far · paid so far · free to spend · is working on it · carries · goes on
what it carries · membership, a month · make key · made on · yours to choose · scan this picture · telephone
second factor · remember me" · change password" · give back what is held · say something else · how far an import is
expected a dictionary · it is shown only now · ended by itself · is kept. · no domain fits
nothing you have pays · pre-check proof · settled what you owed · taken back · take back · e-mail · so many tokens
"""
CUSTOMERS_TEMPLATES = (
    "account",
    "allauth",
    "api",
    "brands",
    "emails",
    "layouts",
    "memberships",
    "mfa",
    "privacy",
    "partials",
    "tokens",
)
# Words of the back office have a list of their own.
OF_STAFF = (
    "admin",
    "marking",
    "staff",
    "backoffice",
    "reports",
    "reconciliation",
    "tests",
    "testing",
    "migrations",
    "models",
)


def phrases(listed):
    return [phrase.strip() for line in listed.strip().splitlines() for phrase in line.split("·")]


def said_in(source):
    """The texts of a module that are no docstrings, a line each."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def customers_texts():
    """Each template of customers, and the texts of each module that speaks to them, their programs or the terminal."""
    root = Path(settings.BASE_DIR)
    for path in (root / "templates").rglob("*.*"):
        inside = path.relative_to(root / "templates")
        if len(inside.parts) == 1 or inside.parts[0] in CUSTOMERS_TEMPLATES:
            yield path.relative_to(root), " ".join(path.read_text().split())
    for app in ("accounts", "brands", "devtools", "memberships", "soulfra", "tokens"):
        for path in (root / app).rglob("*.py"):
            inside = path.relative_to(root)
            if not {*inside.parts, path.stem} & set(OF_STAFF) and "words" not in path.name:
                yield inside, "\n".join(said_in(path.read_text()))


def test_customers_programs_and_the_terminal_are_told_in_plain_english():
    texts = [(path, text.lower()) for path, text in customers_texts()]
    assert len(texts) > 250
    banned = phrases(BANNED_FOR_CUSTOMERS)
    assert [f"{path}: {phrase}" for path, text in texts for phrase in banned if phrase in text] == []


@pytest.mark.parametrize(("number", "shown"), [(0, "0 tokens"), (1, "1 token"), (1000, "1,000 tokens")])
def test_a_number_agrees_with_its_noun(number, shown):
    assert counted(number, "token") == shown


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
    details = {
        "/tokens/": ["Domain imports, bücher.de"],
        "/tokens/usage": ["domain: bücher.de, ticket: 7", "format: json"],
    }
    for path, said in details.items():
        page = alice_page.get(path).content.decode()
        assert [text for text in said if text not in page] == []
        assert "xn--" not in page
        assert "0c0ffee0" not in page
    assert TokenUsage.objects.filter(metadata__domain="xn--bcher-kva.de").count() == 1


# What the back office no longer says, in any case of letters. Names under which rows are stored are not read.
OFFICE_BANNED = """
letters given up · muted mails · staff acts · what staff did · on what · because of · taken back · money that went back
gone back so far · checkouts that were paid · what was paid for them · compared with stripe · until the end of
something of ours · bought twice · asked for by the customer · all that may be refunded · this much money
what so many tokens · also what is already spent · unspent, so offered · beyond offer · left as a debt
another person to agree · work what failed · work this event · what came · answer by · what can be said · id at stripe
as stripe said · give a membership · goes on · move to the present · pays a month · plan costs now · counts now
stop spending · allow spending · is unknown from now on · is not made unknown · nobody has these · done with
this page follows · write a note · held, net · debts repaid · closing still moves · e-mail · letter given · events of
made unknown · a gift · so many tokens · worth cents · amount cents · price cents · csv import of · pdf url
ask for a refund · as no test · one person · telephone · second factor · charged back · gone back · is no test
"""
OFFICE = [
    "tokens/admin", "tokens/staff", "tokens/web/admin", "tokens/reports", "tokens/reconciliation", "memberships/admin",
    "memberships/subscriptions", "memberships/complimentary.py", "brands/admin", "soulfra/backoffice",
]  # fmt: skip
APPS = ("accounts", "brands", "memberships", "tokens")


@cache
def office_texts():
    return [(str(place), text.lower()) for place, text in _office_texts()]


def _office_texts():
    for pattern in ("templates/admin/**/*.html", "templates/unfold/**/*.html"):
        for file in settings.BASE_DIR.glob(pattern):
            yield file, " ".join(file.read_text().split())
    for place in OFFICE:
        found = settings.BASE_DIR / place
        for file in [found] if found.is_file() else found.rglob("*.py"):
            if "tests" not in file.parts:
                yield file, "\n".join(_messages(ast.parse(file.read_text())))
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            yield model, "\n".join(_labels(model))
    yield "labels of actions", "\n".join(ACTION_LABELS.values())


def _messages(tree):
    """Every text of a module but its docstrings and the stored names of actions."""
    unread = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in unread)
    return [node.value for node in texts if isinstance(node.value, str) and node.value not in ACTION_LABELS]


def _labels(model):
    """What the back office shows of a model: its names, and each field's name, help text and choices."""
    yield from (str(model._meta.verbose_name), str(model._meta.verbose_name_plural))
    for field in model._meta.fields:
        yield from (str(field.verbose_name).replace("Stripe ID", ""), str(field.help_text))
        yield from (str(label) for _, label in field.flatchoices)


@pytest.mark.parametrize("phrase", phrases(OFFICE_BANNED))
def test_the_back_office_uses_plain_words(phrase):
    found = [place for place, text in office_texts() if phrase in text]
    assert found == []
