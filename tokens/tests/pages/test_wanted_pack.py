"""Whoever chose a pack or plan before signing up or in is asked about that very one afterwards; asking buys nothing."""

import re
from urllib.parse import unquote

import pytest
from django.core import mail
from django.test import Client

from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD
from tokens.models import Purchase, StripeCustomer

pytestmark = pytest.mark.django_db

PACK = "/tokens/purchase?package=pro"
PLAN = "/membership/checkout?plan=pro"
NEWCOMER = {
    "username": "newcomer",
    "email": "newcomer@example.com",
    "password1": "a-long-enough-phrase",
    "password2": "a-long-enough-phrase",
}


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def link_of(page, name):
    found = re.search(rf'href="([^"]+)">{name}', page.content.decode())
    assert found
    return found[1]


def confirmation():
    return re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))[0]


def sign_up(client, wanted):
    page = client.get("/accounts/signup/", {"next": wanted})
    assert f'name="next" value="{wanted}"' in page.content.decode()
    return client.post("/accounts/signup/", {**NEWCOMER, "next": wanted})


@pytest.mark.parametrize(
    ("page", "name", "wanted"), [("/tokens/", "Buy Pro Pack", PACK), ("/membership/", "Choose Pro", PLAN)]
)
def test_a_strangers_button_leads_to_sign_up_and_from_there_to_what_was_chosen(client, page, name, wanted):
    assert unquote(link_of(client.get(page), name)) == f"/accounts/signup/?next={wanted}"


@pytest.mark.parametrize("wanted", [PACK, PLAN])
def test_after_sign_up_and_the_confirmed_address_one_click_is_left(client, settings, sandbox, wanted):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    sign_up(client, wanted)
    assert client.post(confirmation())["Location"] == wanted
    assert not Purchase.objects.exists()
    path, _, chosen = wanted.partition("?")
    answer = client.post(path, dict([chosen.split("=")]))
    assert (answer.status_code, answer["Location"]) == (303, Purchase.objects.get().checkout_url)


@pytest.mark.parametrize("wanted", [PACK, PLAN])
def test_without_confirmation_sign_up_leads_straight_to_it(client, settings, wanted):
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    assert sign_up(client, wanted)["Location"] == wanted


@pytest.mark.parametrize("wanted", [PACK, PLAN])
def test_a_link_opened_in_another_browser_leads_there_by_way_of_signing_in(client, settings, wanted):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    sign_up(client, wanted)
    there = Client()
    address = confirmation()
    assert f'name="next" value="{wanted}"' in there.get(address).content.decode()
    assert there.post(address)["Location"] == wanted
    sign_in = there.get(wanted)["Location"]
    assert unquote(sign_in) == f"/accounts/login/?next={wanted}"
    form = {"login": "newcomer", "password": NEWCOMER["password1"], "next": wanted}
    assert there.post("/accounts/login/", form)["Location"] == wanted


def test_the_page_that_asks_to_confirm_leads_back_too(client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    page = client.get(sign_up(client, PACK)["Location"])
    assert unquote(link_of(page, "sign in")) == f"/accounts/login/?next={PACK}"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_the_email_leads_nowhere_else(client, settings, wanted):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.post("/accounts/signup/", {**NEWCOMER, "next": wanted})
    assert "next" not in confirmation()


def test_a_second_factor_does_not_forget_it(client, alice):
    secret = activate(alice)
    asked = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD, "next": PACK})
    assert asked["Location"] == "/accounts/2fa/authenticate/"
    assert client.post(asked["Location"], {"code": code_of(secret)})["Location"] == PACK


def test_signing_in_instead_of_up_keeps_it(client):
    page = client.get("/accounts/signup/", {"next": PACK})
    assert unquote(link_of(page, "Sign in</a>.")) == f"/accounts/login/?next={PACK}"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (PACK, "Pro Pack: 500 tokens for $40.00."),
        (PLAN, "Pro membership: $5.00 a month."),
        ("/tokens/purchase?package=gold", None),
        ("/membership/checkout?plan=free", None),
        ("/tokens/purchase", None),
        ("/domains/", None),
        ("http://[", None),
        ("//evil.example/tokens/purchase?package=pro", None),
    ],
)
@pytest.mark.parametrize("path", ["login", "signup"])
def test_sign_up_and_sign_in_say_what_comes_next(client, path, wanted, said):
    page = words(client.get(f"/accounts/{path}/", {"next": wanted}))
    assert (said in page) if said else ("Payment comes after" not in page)


@pytest.mark.parametrize(
    ("path", "field", "key"),
    [
        ("/tokens/purchase", "package", "pro"),
        ("/membership/checkout", "plan", "pro"),
        ("/membership/change", "plan", "pro"),
    ],
)
def test_a_form_of_a_session_that_has_ended_comes_back_to_what_was_chosen(client, path, field, key):
    answer = client.post(path, {field: key})
    assert unquote(answer["Location"]) == f"/accounts/login/?next={path}?{field}={key}"
    assert len(client.post(path, {field: "x" * 9000})["Location"]) < 300


@pytest.mark.parametrize(("wanted", "name"), [(PACK, "Buy Pro Pack"), (PLAN, "Choose Pro")])
def test_asking_buys_nothing_and_shows_the_one_button(alice_page, wanted, name):
    for verb in (alice_page.get, alice_page.head, alice_page.get):
        assert verb(wanted).status_code == 200
    assert name in words(alice_page.get(wanted))
    assert not Purchase.objects.exists()
    assert not StripeCustomer.objects.exists()


@pytest.mark.parametrize(("path", "home"), [("/tokens/purchase", "/tokens/"), ("/membership/checkout", "/membership/")])
def test_without_a_choice_all_are_shown_and_an_unknown_one_is_refused_in_words(alice_page, path, home):
    assert alice_page.get(path)["Location"] == home
    field = "package" if home == "/tokens/" else "plan"
    for odd in ("gold", "\x00", "<b>"):
        answer = alice_page.get(path, {field: odd})
        assert (answer.status_code, "Use: " in words(answer)) == (400, True)
