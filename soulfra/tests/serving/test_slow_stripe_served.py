"""A silent Stripe and eight buyers on the server of `./dev serve`: everybody else is served as usual."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from urllib.parse import urlencode

import psycopg
import pytest
import stripe

from devtools.testing import servers
from devtools.testing.servers import Customer, RunningShop
from tokens.stripe_api import gateway
from tokens.testing.stalling import WAYS_TO_FAIL, Stalling, stalling

BUYERS = 8
SECONDS_TO_ANSWER = 12
IDLE_ROUNDS = 30
# Below these a figure says more of the machine than of the shop. The median hardly knows what else a machine does.
NOISE_OF_MEDIAN, NOISE_OF_P95 = 0.05, 0.15
CSRF = "c" * 32
SENTENCE = "Stripe isn't answering; nothing was charged. Please try again in a moment."

MAKE_CUSTOMERS = """
import json
from devtools.testing import new_customer
print(json.dumps([new_customer.make(f"buyer-{number}") for number in range(%d)]))
"""

OPEN_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
AND xact_start < now() - interval '1 second'
"""

Answer = tuple[int, bytes, float]


@pytest.fixture(scope="module")
def silent_stripe() -> Iterator[Stalling]:
    with stalling(WAYS_TO_FAIL["silent"]) as server:
        yield server


def send(shop: RunningShop, method: str, path: str, body: str = "", **headers: str) -> Answer:
    """Status, body and seconds of a request on a connection of its own, which any of the processes may take."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read(), time.monotonic() - began
    finally:
        connection.close()


def buy_by_api(shop: RunningShop, buyer: Customer) -> Answer:
    json_body = {"Authorization": f"Bearer {buyer.key}", "Content_Type": "application/json"}
    return send(shop, "POST", "/api/tokens/purchase", '{"package": "pro"}', **json_body)


def buy_on_the_page(shop: RunningShop, buyer: Customer) -> Answer:
    form = urlencode({"package": "pro", "csrfmiddlewaretoken": CSRF})
    cookie = f"sessionid={buyer.session}; csrftoken={CSRF}"
    return send(shop, "POST", "/tokens/purchase", form, Cookie=cookie, Content_Type="application/x-www-form-urlencoded")


def deliver(shop: RunningShop, number: int) -> Answer:
    event = {"object": "event", "type": "customer.updated", "livemode": False, "data": {"object": {}}}
    body = json.dumps({**event, "id": f"evt_{number}_{time.monotonic_ns()}", "api_version": gateway.API_VERSION})
    signed = stripe.WebhookSignature.generate_signature_header(body, shop.env["STRIPE_WEBHOOK_SECRET"])
    return send(shop, "POST", "/api/tokens/webhook", body, Stripe_Signature=signed, Content_Type="application/json")


def visits(shop: RunningShop, reader: Customer) -> dict[str, Callable[[int], Answer]]:
    return {
        "the page": lambda _: send(shop, "GET", "/tokens/", Cookie=f"sessionid={reader.session}"),
        "the balance": lambda _: send(shop, "GET", "/api/tokens/balance", Authorization=f"Bearer {reader.key}"),
        "the webhook": lambda number: deliver(shop, number),
    }


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def slowed(idle: list[float], busy: list[float]) -> list[str]:
    """Which figures are more than twice those of the idle server."""
    figures: list[tuple[str, Callable[[list[float]], float], float]] = [
        ("median", median, NOISE_OF_MEDIAN),
        ("p95", p95, NOISE_OF_P95),
    ]
    return [
        f"{name}: {figure(idle):.3f} s idle, {figure(busy):.3f} s busy"
        for name, figure, noise in figures
        if figure(busy) > max(2 * figure(idle), noise)
    ]


def test_a_page_that_takes_longer_is_seen_and_a_hiccup_is_not() -> None:
    idle = [0.02] * 58 + [0.09] * 2
    assert slowed(idle, idle) == []
    assert slowed(idle, [0.025] * 97 + [1.0] * 3) == []
    assert len(slowed(idle, [0.06] * 100)) == 1
    assert len(slowed(idle, [0.02] * 94 + [0.3] * 6)) == 1
    assert len(slowed(idle, [0.49] * 100)) == 2


def measure(looks: dict[str, Callable[[int], Answer]], go_on: Callable[[int], bool]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {what: [] for what in looks}
    number = 0
    while go_on(number):
        for what, look in looks.items():
            status, _, seconds = look(number)
            assert status == 200, what
            times[what].append(seconds)
        number += 1
    return times


def open_transactions(database_url: str) -> int:
    """Those of the shop that last longer than a second."""
    with psycopg.connect(database_url) as connection:
        [count] = connection.execute(OPEN_TRANSACTIONS).fetchone() or [0]
    return int(count)


@pytest.mark.long
@pytest.mark.postgres
def test_a_silent_stripe_delays_nobody_who_does_not_buy(silent_stripe: Stalling) -> None:
    with (
        servers.usual_database("serve") as database_url,
        servers.running("serve", database_url, STRIPE_API_BASE=silent_stripe.address) as shop,
        ThreadPoolExecutor(BUYERS) as pool,
    ):
        made = shop.manage("shell", "-c", MAKE_CUSTOMERS % (BUYERS + 1)).splitlines()[-1]
        reader, *buyers = [Customer(**each) for each in json.loads(made)]
        looks = visits(shop, reader)
        measure(looks, lambda number: number < 10)  # each thread opens its connection
        idle = measure(looks, lambda number: number < IDLE_ROUNDS)

        doors = [buy_by_api, buy_on_the_page]
        waiting = [pool.submit(doors[number % 2], shop, buyer) for number, buyer in enumerate(buyers)]
        watched: list[int] = []
        watch = threading.Timer(5, lambda: watched.append(open_transactions(database_url)))
        watch.start()
        busy = measure(looks, lambda _: not all(each.done() for each in waiting))
        watch.join()
        answers = [each.result() for each in waiting]
        after = measure(looks, lambda number: number < IDLE_ROUNDS)  # whatever else the machine does comes and goes

    assert [seconds for _, _, seconds in answers if seconds > SECONDS_TO_ANSWER] == []
    assert {status for status, *_ in answers} <= {502, 503}
    assert 502 in {status for status, *_ in answers}
    for status, body, _ in answers:
        assert status == 503 or SENTENCE in body.decode().replace("&#x27;", "'")
    slow = {what: slowed(idle[what] + after[what], busy[what]) for what in looks}
    assert {what: found for what, found in slow.items() if found} == {}
    assert len(busy["the page"]) > 10
    assert watched == [0]
    assert silent_stripe.asked >= 2
