"""The shop as tests meet it on a real server: it answers, knows its customers, and takes each server's own database."""

import json
import urllib.request
from typing import Any

from devtools.testing.servers import RunningShop


def call(shop: RunningShop, path: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(shop.address + path, headers=headers), timeout=30) as answer:
        return answer.read().decode()


def test_a_customer_of_a_running_shop_has_a_key_a_session_and_tokens(running_shop: RunningShop) -> None:
    customer = running_shop.customer("somebody", tokens=25)
    body = json.loads(call(running_shop, "/api/tokens/balance", Authorization=f"Bearer {customer.key}"))
    assert (body["user_id"], body["balance"]) == (customer.user_id, 25)
    assert "somebody" in call(running_shop, "/tokens/", Cookie=f"sessionid={customer.session}")
    assert running_shop.env["DATABASE_URL"].startswith("sqlite" if running_shop.server == "run" else "postgres")
