"""The account page: a section for each thing one may look up or change, of apps that this one does not know, too."""

import pytest

from accounts import sections
from accounts.models import User
from accounts.testing.codes import activate
from devtools.testing.factories import PASSWORD
from memberships.current import get_membership
from tokens.emails.kinds import opted_out_kinds

pytestmark = pytest.mark.django_db

PAGE = "/accounts/"
LEADS_TO = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/api-keys/",
    "/accounts/notifications/",
]


@pytest.fixture
def alices(client, alice):
    client.force_login(alice)
    return client


def text_of(answer):
    return answer.content.decode()


def test_a_stranger_is_sent_to_sign_in(client):
    for path in (PAGE, "/accounts/profile/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_every_section_stands_on_the_page_once_in_order_and_leads_to_what_it_is_about(alices):
    page = text_of(alices.get(PAGE))
    anchors = ["profile", "email", "password", "two-factor", "sessions", "api-keys", "notifications", "payment-order"]
    places = [page.index(f'id="{anchor}"') for anchor in anchors]
    assert places == sorted(places)
    for anchor in anchors:
        assert page.count(f'id="{anchor}"') == page.count(f'href="#{anchor}"') == 1
    for address in LEADS_TO:
        assert f'href="{address}"' in page
        assert alices.get(address).status_code == 200


def test_the_account_menu_leads_to_the_page(alices):
    assert f'href="{PAGE}"' in text_of(alices.get("/tokens/"))


def test_it_says_what_is_so(alices, alice):
    page = text_of(alices.get(PAGE))
    assert alice.email in page
    assert "No active keys" in page
    assert "Whoever knows your password can sign in." in page
    activate(alice)
    assert "You sign in with your password and a code" in text_of(alices.get(PAGE))


def test_nothing_of_others_stands_there(alices, bob):
    assert "bob" not in text_of(alices.get(PAGE))


def test_a_name_is_saved_and_stands_in_the_form(alices, alice):
    answer = alices.post("/accounts/profile/", {"first_name": "Alice <b>", "last_name": "O'Neill", "username": "root"})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    alice.refresh_from_db()
    assert (alice.username, alice.first_name, alice.last_name) == ("alice", "Alice <b>", "O'Neill")
    page = text_of(alices.get(PAGE))
    assert "Changes saved." in page
    assert 'value="Alice &lt;b&gt;"' in page


@pytest.mark.parametrize("name", ["x" * 151, "a\x00b"])
def test_a_name_that_is_refused_is_shown_again_with_the_reason(alices, alice, name):
    answer = alices.post("/accounts/profile/", {"first_name": name})
    assert answer.status_code == 200
    assert 'id="id_first_name_error"' in text_of(answer)
    assert User.objects.get(pk=alice.pk).first_name == ""


@pytest.mark.parametrize(
    ("next_page", "leads_to"),
    [(PAGE, PAGE), ("https://evil.example/", None), ("//evil.example", None), ("", None)],
)
def test_a_form_of_another_app_leads_back_to_the_account_and_never_elsewhere(alices, alice, next_page, leads_to):
    answer = alices.post("/membership/payment-order", {"payment_order": "membership_first", "next": next_page})
    assert answer["Location"] == (leads_to or "/membership/")
    assert get_membership(alice.pk).payment_order == "membership_first"
    answer = alices.post("/accounts/notifications/", {"next": next_page})
    assert answer["Location"] == (leads_to or "/accounts/notifications/")
    assert opted_out_kinds(alice.pk)


def test_no_two_sections_share_an_anchor():
    with pytest.raises(ValueError, match="registered twice"):
        sections.section("profile", title="x", position=1, template="x")(lambda request: {})


def test_the_page_asks_the_database_as_often_however_much_there_is(alices, alice, django_assert_num_queries):
    alices.post("/accounts/reauthenticate/", {"password": PASSWORD})
    alices.get(PAGE)
    with django_assert_num_queries(QUERIES):
        alices.get(PAGE)
    for number in range(3):
        alices.post("/accounts/api-keys/", {"name": f"key {number}", "scopes": ["read"], "form_key": f"{number}" * 32})
    with django_assert_num_queries(QUERIES):
        alices.get(PAGE)


# session, user, balance; addresses, factor, session's row, keys, limits, muted emails, top-up, membership, copy of data
QUERIES = 13
