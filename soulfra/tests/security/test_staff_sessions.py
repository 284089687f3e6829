"""Staff sessions last hours and end when idle; money moves only with a fresh code."""

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD
from soulfra.backoffice.customer.account import end_sessions
from tokens.errors import ActOnSelf
from tokens.models import Grant, StaffAct
from tokens.staff.acts import Why
from tokens.testing.ledger_rows import buy
from tokens.testing.office import hire

pytestmark = pytest.mark.django_db

START = "2026-11-22 12:00Z"
MINUTE, DAY = 60, 86_400


@pytest.fixture
def clock():
    cache.clear()
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def secret(clock, staff):
    return activate(staff)


@pytest.fixture
def office(secret):
    """A superuser's browser, signed in with password and code at the start."""
    client = Client()
    client.post("/accounts/login/", {"login": "staff", "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    return client


def is_in(client):
    return client.get("/accounts/notifications/").status_code == 200


def test_an_idle_session_of_staff_ends_everywhere_and_a_busy_one_goes_on(office, clock, settings):
    settings.STAFF_MFA = True
    for _ in range(3):
        clock.shift(29 * MINUTE)
        assert office.get("/admin/").status_code == 200
    clock.shift(31 * MINUTE)

    assert not is_in(office)
    assert office.get("/admin/")["Location"].startswith("/admin/login/")


def test_a_busy_session_of_staff_ends_after_twelve_hours(office, clock):
    for _ in range(12 * 3):
        clock.shift(20 * MINUTE)
        assert is_in(office)
    clock.shift(MINUTE)

    assert not is_in(office)


@pytest.mark.parametrize("header", ["HX-Request", "X-Poll"])
def test_a_page_that_fetches_its_parts_by_itself_keeps_no_session(office, clock, header):
    assert is_in(office)
    for _ in range(2):
        clock.shift(14 * MINUTE)
        assert office.get("/admin/", headers={header: "true"}).status_code == 200
    clock.shift(3 * MINUTE)

    assert not is_in(office)


@pytest.mark.parametrize("header", ["HX-Request", "X-Poll"])
def test_a_form_that_is_sent_keeps_it_however_it_is_sent(office, clock, alice, header):
    for _ in range(2):
        clock.shift(20 * MINUTE)
        office.post(f"/admin/accounts/user/{alice.pk}/note/", {}, headers={header: "true"})

    assert is_in(office)


def test_the_progress_script_says_that_nobody_asked():
    assert '"X-Poll": "true"' in (settings.BASE_DIR / "static/js/progress.js").read_text()


def test_a_customers_idle_session_ends_after_two_weeks(clock, alice):
    client = Client()
    client.force_login(alice)
    clock.shift(13 * DAY)
    assert is_in(client)
    clock.shift(15 * DAY)
    assert not is_in(client)


def test_a_customers_busy_session_ends_after_thirty_days(clock, alice):
    client = Client()
    client.force_login(alice)
    for _ in range(3):
        clock.shift(10 * DAY)
        assert is_in(client)
    clock.shift(MINUTE)
    assert not is_in(client)


def test_pages_of_a_customer_write_the_session_once_an_hour_at_most(clock, alice):
    client = Client()
    client.force_login(alice)
    is_in(client)
    clock.shift(59 * MINUTE)
    before = client.session["session_seen"]
    is_in(client)
    assert client.session["session_seen"] == before
    clock.shift(2 * MINUTE)
    is_in(client)
    assert client.session["session_seen"] == before + 61 * MINUTE


PAGES = [
    "/admin/tokens/purchase/{purchase}/refund/",
    "/admin/tokens/grantbatch/grant_to_a_list/",
    "/admin/accounts/user/{alice}/export/",
    "/admin/accounts/user/{alice}/edit_account/",
    "/admin/accounts/user/{alice}/password/",
    "/admin/accounts/user/add/",
]


def address(path, alice):
    return path.format(alice=alice.pk, purchase=alice.purchases.get().pk if "{purchase}" in path else 0)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_that_move_money_or_open_accounts_want_a_fresh_code(office, secret, clock, alice, settings, path, method):
    settings.STAFF_MFA = True
    buy(alice.pk, "pro")
    path = address(path, alice)
    clock.shift(14 * MINUTE)
    assert office.get(path).status_code == 200
    clock.shift(2 * MINUTE)

    answer = getattr(office, method)(path)
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Fadmin%2F")

    office.post("/accounts/reauthenticate/", {"password": PASSWORD, "code": code_of(secret)})
    assert office.get(path).status_code == 200


GRANT = {"_form_submitted": "True", "tokens": "5", "reason": "Goodwill", "note": "n", "form_key": "k" * 20}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_dialog_that_grants_wants_one_too_and_leads_back_to_the_page(office, secret, clock, alice, settings, method):
    settings.STAFF_MFA = True
    page = f"/admin/accounts/user/{alice.pk}/change/"
    dialog = {"HX-Request": "true", "HX-Current-URL": f"http://shop.test{page}"}
    clock.shift(16 * MINUTE)

    answer = getattr(office, method)(f"/admin/accounts/user/{alice.pk}/grant/", GRANT, headers=dialog)

    assert answer["HX-Redirect"] == f"/accounts/reauthenticate/?next={page.replace('/', '%2F')}"
    assert not Grant.objects.exists()
    office.post("/accounts/reauthenticate/", {"password": PASSWORD, "code": code_of(secret)})
    office.post(f"/admin/accounts/user/{alice.pk}/grant/", GRANT, headers=dialog)
    assert Grant.objects.get().tokens == 5


def test_without_the_second_factor_nothing_of_it_is_asked(office, clock, alice):
    clock.shift(16 * MINUTE)
    assert office.get(address(PAGES[2], alice)).status_code == 200


def test_staff_sign_a_customer_out_everywhere(clock, alice):
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(alice)
    support = hire("support")

    end_sessions(alice, why=Why(support, "A lost phone"))

    assert [is_in(browser) for browser in browsers] == [False, False]
    assert StaffAct.objects.get().subject == f"user {alice.pk}"
    with pytest.raises(ActOnSelf):
        end_sessions(support, why=Why(support, "My own"))
