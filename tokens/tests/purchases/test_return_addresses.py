"""Where a program's buyers return to: to origins that the shop allows, and nowhere else, however it is written."""

import pytest

from soulfra.return_checks import return_origins
from tokens.models import Purchase
from tokens.stripe_api import gateway

pytestmark = pytest.mark.django_db

BUY, APP = "/api/tokens/purchase", "https://app.example.com"
PAID, UNPAID = f"{APP}/paid?session={{CHECKOUT_SESSION_ID}}&x=1#top", f"{APP}/prices"


@pytest.fixture
def client(api, alice, sandbox, settings):
    settings.CHECKOUT_RETURN_ORIGINS = [APP, "https://[2001:db8::1]:8443"]
    return api(alice)


def session_of(answer):
    assert answer.status_code == 200, answer.json()
    return gateway.retrieve_checkout_session(answer.json()["session_id"])


@pytest.mark.parametrize(
    ("address", "body"),
    [(BUY, {"package": "pro"}), ("/api/memberships/checkout", {"plan": "pro"})],
    ids=["tokens", "membership"],
)
def test_the_buyer_returns_to_where_the_program_wants(client, address, body):
    answer = client.post(address, {**body, "success_url": PAID, "cancel_url": UNPAID})
    session = session_of(answer)
    assert (session["success_url"], session["cancel_url"]) == (PAID, UNPAID)
    again = client.post(address, {**body, "success_url": PAID, "cancel_url": UNPAID})
    assert again.json()["session_id"] == session["id"]
    ours = session_of(client.post(address, body))
    assert ours["id"] != session["id"]
    assert ours["success_url"].startswith("http://testserver/")
    one = session_of(client.post(address, {**body, "cancel_url": APP}))
    assert (one["success_url"], one["cancel_url"]) == (ours["success_url"], APP)


def test_a_buyer_who_pays_there_is_sent_there_and_credited(client, sandbox):
    client.post(BUY, {"package": "pro", "success_url": PAID, "cancel_url": UNPAID})
    purchase = Purchase.objects.get()
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    assert (purchase.status, purchase.success_url, purchase.cancel_url) == ("completed", PAID, UNPAID)


TRICKS = [
    "http://app.example.com/",
    "https://app.example.com:443/",
    "https://app.example.com:8443/",
    "https://app.example.com./",
    "https://app.example.com.evil.example/",
    "https://app.example.com@evil.example/",
    "https://evil.example/https://app.example.com/",
    "https://user@app.example.com/",
    "https://app.example.com\\@evil.example/",
    "https:\\\\app.example.com/",
    "https://APP.example.com/",
    "HTTPS://app.example.com/",
    "https://аpp.example.com/",  # a Cyrillic letter
    "https://app。example.com/",
    "https://app.example.com\t.evil.example/",
    " https://app.example.com/",
    "//app.example.com/",
    "/paid",
    "javascript:alert(1)//https://app.example.com/",
    "https://app.example.comevil/",
    "https://app.example.com;evil.example/",
    "",
]
UNREADABLE = [
    f"{APP}/\\evil.example",
    f"{APP}/a b",
    f"{APP}/a\n",
    f"{APP}/ü",
    f"{APP}/{{SESSION}}",
]


@pytest.mark.parametrize("field", ["success_url", "cancel_url"])
@pytest.mark.parametrize("given", [*TRICKS, *UNREADABLE, 5, f"{APP}/{'x' * 2000}"], ids=repr)
def test_anything_else_is_refused_by_name_and_nothing_is_ordered(client, field, given):
    answer = client.post(BUY, {"package": "pro", field: given})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (400, field)
    if given in TRICKS and given.strip() and "\t" not in given:
        assert error["detail"] == f"Must begin with one of: {APP}/, https://[2001:db8::1]:8443/"
    assert not Purchase.objects.exists()


def test_the_sessions_id_is_put_into_the_success_url_only(client):
    answer = client.post(BUY, {"package": "pro", "cancel_url": PAID})
    assert answer.json()["errors"][0]["field"] == "cancel_url"


def test_a_shop_that_allows_no_origin_says_so(client, settings):
    settings.CHECKOUT_RETURN_ORIGINS = []
    (error,) = client.post(BUY, {"package": "pro", "success_url": APP}).json()["errors"]
    assert error["detail"] == "This shop returns buyers to its own pages only, so leave it out."


@pytest.mark.parametrize(
    ("origin", "debug", "is_right"),
    [
        (APP, False, True),
        ("https://app.example.com:8443", False, True),
        ("https://xn--bcher-kva.example", False, True),
        ("https://[2001:db8::1]", False, True),
        ("http://localhost:3000", True, True),
        ("http://127.0.0.1:3000", True, True),
        ("http://localhost:3000", False, False),
        ("http://app.example.com", True, False),
        ("https://app.example.com/", False, False),
        ("https://app.example.com/a", False, False),
        ("https://app.example.com:443", False, False),
        ("https://app.example.com:65536", False, False),
        ("https://App.example.com", False, False),
        ("https://app.example.com.", False, False),
        ("https://*.example.com", False, False),
        ("https://user@app.example.com", False, False),
        ("https://bücher.example", False, False),
        ("app.example.com", False, False),
        ("*", True, False),
        ("", True, False),
    ],
)
def test_the_shop_starts_only_with_whole_origins(settings, origin, debug, is_right):
    settings.DEBUG, settings.CHECKOUT_RETURN_ORIGINS = debug, [origin]
    assert [error.id for error in return_origins(None)] == ([] if is_right else ["soulfra.E075"])
