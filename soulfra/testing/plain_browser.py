"""A browser without JavaScript at a running shop: it sends forms and keeps no cookies by itself."""

import http.client
import re
from urllib.parse import urlencode

import pytest

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
