"""Watched on the servers that people use, whose several processes count together and write one line for a request."""

import json
import re
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from devtools.testing.servers import METRICS_TOKEN, RunningShop

COUNT = 'soulfra_request_seconds_count{method="POST",route="/api/tokens/spend",status="200"} '
SPENDS = 60


def figures(shop: RunningShop) -> str:
    request = urllib.request.Request(f"{shop.address}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def spends(text: str) -> float:
    return sum(float(line.removeprefix(COUNT)) for line in text.splitlines() if line.startswith(COUNT))


def spend(shop: RunningShop, key: str) -> str:
    """On a connection of its own, so that any process may take it; the request's ID."""
    request = urllib.request.Request(
        f"{shop.address}/api/tokens/spend",
        data=json.dumps({"action": "import_domain"}).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers["X-Request-ID"])


def test_whichever_process_is_asked_the_figures_are_everybodys(running_shop: RunningShop) -> None:
    customer = running_shop.customer("watched", tokens=SPENDS)
    before = spends(figures(running_shop))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: spend(running_shop, customer.key), range(SPENDS)))
        after = list(pool.map(lambda _: figures(running_shop), range(12)))
    assert {spends(text) for text in after} == {before + SPENDS}
    if running_shop.server == "serve":
        assert 'soulfra_request_seconds_bucket{le="+Inf"' in after[0]


def test_a_request_is_one_line_of_the_log_with_its_key_and_the_server_writes_none_of_its_own(
    running_shop: RunningShop,
) -> None:
    customer = running_shop.customer("logged", tokens=1)
    name = spend(running_shop, customer.key)
    stop_at = time.monotonic() + 10
    while not (lines := [line for line in running_shop.log.read_text().splitlines() if name in line]):
        assert time.monotonic() < stop_at
        time.sleep(0.05)
    [line] = lines
    expected = (
        rf"INFO soulfra.access \[{name} user {customer.user_id}\]: POST /api/tokens/spend 200 in [\d.]+ ms, API key \d+"
    )
    assert re.search(expected, line)
    assert not re.search(r"\"POST /api/tokens/spend HTTP", running_shop.log.read_text())


def test_a_prober_needs_neither_a_host_name_nor_a_session(running_shop: RunningShop) -> None:
    for path, status in (("/healthz", 200), ("/readyz?exclude=worker", 200)):
        request = urllib.request.Request(f"{running_shop.address}{path}", headers={"Host": "10.9.8.7"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert (answer.status, answer.headers["Set-Cookie"]) == (status, None)
