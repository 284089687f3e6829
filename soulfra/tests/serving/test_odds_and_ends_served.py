"""Odd addresses of the back office and an odd username, at the servers that people use."""

import http.client
import re
from urllib.parse import urlencode

import pytest

ODD = [
    "tokens/purchase/?status__exact=%00",
    "tokens/purchase/?created_at__gte=zz",
    "tokens/purchase/?id__exact=99999999999999999999999999",
    "tokens/purchase/zz/change/",
    "brands/csvimport/?id__exact=zz",
    "brands/brand/?owner__id__exact=99999999999999999999999999",
    "search/?s=a&page=zz",
    "search/?s=%00",
]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def call(running_shop):
    connection = http.client.HTTPConnection("127.0.0.1", running_shop.port, timeout=30)

    def call(method, path, cookies="", **fields):
        headers = {"Cookie": cookies, "Origin": running_shop.address, "Content-Type": FORM}
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()

    yield call
    connection.close()


def token_of(answer):
    return dict(re.findall(r"(csrftoken)=(\w+)", answer.headers["Set-Cookie"]))["csrftoken"]


def test_the_back_office_has_no_fault_at_an_odd_address_or_id(running_shop, call):
    cookies = f"sessionid={running_shop.customer('odd-office', is_staff=True).session}"
    assert call("GET", "/admin/tokens/purchase/", cookies)[0].status == 200
    for path in ODD:
        answer, page = call("GET", f"/admin/{path}", cookies)
        assert answer.status in (200, 302, 400, 404), path
        assert answer.headers["X-Request-ID"]
    page = call("GET", "/admin/brands/brand/", cookies)
    token = token_of(page[0])
    cookies += f"; csrftoken={token}"
    fields = {"csrfmiddlewaretoken": token, "action": "mark_as_test"}
    for odd in ("zz", "\0", "9" * 30):
        answer, _ = call("POST", "/admin/brands/brand/", cookies, _selected_action=odd, **fields)
        assert (answer.status, answer.headers["Location"]) == (303, "/admin/brands/brand/")


@pytest.mark.parametrize("username", ["somebody@example.com", "@", "a@b", "some＠body", "x\0y"])
def test_a_username_that_may_be_an_address_is_refused_in_words(running_shop, call, username):
    answer, _ = call("GET", "/accounts/signup/")
    token = token_of(answer)
    fields = {"username": username, "email": "new-one@example.com", "password1": "long-enough-7431"}
    fields |= {"password2": "long-enough-7431", "csrfmiddlewaretoken": token}
    answer, page = call("POST", "/accounts/signup/", f"csrftoken={token}", **fields)
    assert answer.status in (200, 400)
    assert 'aria-invalid="true"' in page
    assert "sessionid" not in (answer.headers["Set-Cookie"] or "")
