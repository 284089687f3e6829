"""Limits, used codes and evidence at the server of `./dev serve`, with several processes behind a proxy."""

from __future__ import annotations

import http.client
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from devtools.testing import servers
from devtools.testing.factories import PASSWORD
from soulfra.testing.wire import Caller

pytestmark = pytest.mark.postgres
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ENROL = f"""
from allauth.mfa.totp.internal.auth import TOTP
from accounts.models import User
TOTP.activate(User.objects.get(pk={{}}), "{SECRET}")
"""
EVIDENCE = """
import json
from tokens.models import Purchase
print(json.dumps(dict(Purchase.objects.filter(user_id={}).values_list("package_key", "client_ip"))))
"""
NAME = "served-by-several"


@pytest.fixture(scope="module")
def shop():
    with servers.usual_database("serve") as database:
        several = {"NUM_PROXIES": "1", "WEB_WORKERS": "3", "UPLOADS_PER_MINUTE": "5", "API_REFUSALS_PER_MINUTE": "5"}
        with servers.running("serve", database, **several) as shop:
            yield shop


@pytest.fixture(scope="module")
def caller(shop):
    """A customer with a key, and with a phone that shows codes."""
    customer = shop.customer(NAME)
    shop.manage("shell", "-c", ENROL.format(customer.user_id))
    return Caller(shop, customer)


class Browser:
    """Somebody at this address, as a proxy of ours passes them on: each request on a connection of its own."""

    def __init__(self, shop, address):
        self.shop, self.cookies = shop, {}
        self.headers = {"X-Forwarded-For": f"6.6.6.6, {address}", "Origin": shop.address}

    def send(self, method, path, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.shop.port, timeout=60)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        connection.request(method, path, urlencode(fields) if fields else None, {**self.headers, **form, **cookies})
        answer = connection.getresponse()
        page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer, page

    def post(self, path, **fields):
        (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.send("GET", path)[1]))
        return self.send("POST", path, csrfmiddlewaretoken=token, **fields)

    def signs_in(self, name, password=PASSWORD):
        return self.post("/accounts/login/", login=name, password=password)[0].status == 302


def test_failures_are_counted_by_all_processes_and_keep_out_only_who_fails(shop, caller):
    wrong = {"login": NAME, "password": "wrong"}
    pages = [Browser(shop, "203.0.113.66").post("/accounts/login/", **wrong)[1] for _ in range(8)]

    assert sum("Wrong username or password." in page for page in pages) == 5
    assert sum("Too many failed attempts." in page for page in pages) == 3
    assert not Browser(shop, "203.0.113.66").signs_in(NAME)
    assert Browser(shop, "198.51.100.99").signs_in(NAME)


def test_one_code_lets_one_in_whatever_processes_it_comes_to(shop, caller):
    browsers = [Browser(shop, f"198.51.100.{n}") for n in range(4)]
    assert all(browser.signs_in(NAME) for browser in browsers)
    code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda browser: browser.post("/accounts/2fa/authenticate/", code=code)[0], browsers))

    assert sorted(answer.status for answer in answers) == [200] * 3 + [302]


def test_uploads_are_counted_by_all_processes(caller):
    def upload(number):
        return caller.post("/api/domains/import?dry_run=true", {"Content-Type": "text/csv"}, b"domain\nocean.com\n")

    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(upload, range(12)))

    back = int((time.monotonic() - began) / 12)
    assert 5 <= sum(answer.status == 200 for answer in answers) <= 5 + back
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.detail == f"Too many uploads. Retry in {refused.headers['retry-after']} seconds."
    assert 1 <= int(refused.headers["retry-after"]) <= 12


def test_a_valid_key_passes_from_where_others_are_refused(caller):
    there = {"X-Forwarded-For": "6.6.6.6, 203.0.113.77"}
    bad = [caller.get("/api/tokens/balance", there | {"Authorization": f"Bearer tk_test_{n}"}) for n in range(40)]

    assert {answer.status for answer in bad} == {401, 429}
    assert caller.get("/api/tokens/balance", there).status == 200


def test_the_evidence_of_a_purchase_is_what_the_proxy_saw(shop, caller):
    seen = {
        "starter": (["X-Forwarded-For: 6.6.6.6, 198.51.100.7"], "198.51.100.7"),
        "pro": (["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 2001:db8::7"], "2001:db8::7"),
        "premium": (["X-Forwarded-For: 198.51.100.9,"], None),
    }
    for package, (lines, _) in seen.items():
        body = json.dumps({"package": package}).encode()
        json_sent = {"Content-Type": "application/json"}
        request = caller.request("POST", "/api/tokens/purchase", json_sent, body, Connection="close")
        head, _, rest = request.partition(b"\r\n\r\n")
        sent = b"\r\n".join([head, *(line.encode() for line in lines)]) + b"\r\n\r\n" + rest
        assert caller.exchange(sent)[0].status == 200

    kept = shop.manage("shell", "-v0", "-c", EVIDENCE.format(caller.customer.user_id))
    assert json.loads(kept) == {package: ip for package, (_, ip) in seen.items()}
