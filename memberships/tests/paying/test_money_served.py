"""What Stripe tells of money, on both servers: signed webhooks of the shop's own sandbox, seen through the API."""

import json
import time
import urllib.request
from pathlib import Path

import pytest

from stripe_sandbox.testing import Remote

SECONDS = 60  # on a machine that is busy with everything else
OFFER_AN_ADDON_IN_FRONT = """
from accounts.models import User
from memberships.testing.others import a_price, offer, our_price
print(offer(User.objects.get(pk={user_id}), a_price(5000), our_price()))
"""


@pytest.fixture
def its_stripe(running_shop):
    """The sandbox of the running shop, over HTTP."""
    return Remote(Path(f"{running_shop.env['SANDBOX_STORE']}.address").read_text().strip())


def call(shop, customer, path, body=None):
    headers = {"Authorization": f"Bearer {customer.key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(shop.address + path, data, headers), timeout=60) as answer:
        return json.loads(answer.read())


def seen(look, wanted):
    """What `look` says once it is `wanted`; the last it said, if it never is."""
    give_up_at = time.monotonic() + SECONDS
    while (found := look()) != wanted and time.monotonic() < give_up_at:
        time.sleep(0.1)
    return found


def buy(shop, stripe, customer, **how):
    """The session of a Pro Pack, $40.00, as it is once it is paid for."""
    order = call(shop, customer, "/api/tokens/purchase", {"package": "pro"})
    return stripe.pay(order["session_id"], **how)


def paid(shop, customer):
    rows = call(shop, customer, "/api/tokens/history")["history"]
    return [(row["type"], row["status"], row["amount"], row["price"]) for row in rows]


def tokens(shop, customer):
    balance = call(shop, customer, "/api/tokens/balance")
    return balance["balance"], balance["frozen"]


@pytest.mark.parametrize(("code", "amount"), [("HALF50", 20.0), ("FREE100", 0.0)])
def test_a_purchase_with_a_promotion_code_says_what_was_paid_and_what_it_cost(running_shop, its_stripe, code, amount):
    customer = running_shop.customer(f"saver-{code}")
    buy(running_shop, its_stripe, customer, code=code)
    wanted = [("tokens", "completed", amount, 40.0)]
    assert seen(lambda: paid(running_shop, customer), wanted) == wanted
    assert tokens(running_shop, customer) == (500, 0)


def test_euros_disputed_of_dollars_count_as_what_the_account_settled_or_need_an_amount(running_shop, its_stripe):
    customer = running_shop.customer("disputes")
    settled, unrelated = (buy(running_shop, its_stripe, customer)["payment_intent"] for _ in range(2))
    assert seen(lambda: tokens(running_shop, customer), (1000, 0)) == (1000, 0)
    its_stripe.dispute(settled, amount=3680, currency="eur", settled="usd:4000")
    assert seen(lambda: tokens(running_shop, customer), (500, 0)) == (500, 0)
    opened = its_stripe.dispute(unrelated, amount=3680, currency="eur", settled="eur:3680")
    assert seen(lambda: tokens(running_shop, customer), (500, 500)) == (500, 500)
    its_stripe.close_dispute(opened["id"], won=True)
    assert seen(lambda: tokens(running_shop, customer), (500, 0)) == (500, 0)


def test_an_addon_in_front_of_the_plan_is_not_taken_for_it(running_shop, its_stripe):
    customer = running_shop.customer("adds-on")
    code = OFFER_AN_ADDON_IN_FRONT.format(user_id=customer.user_id)
    its_stripe.pay(running_shop.manage("shell", "--verbosity=0", "-c", code).split()[-1])
    wanted = [("subscription", "completed", 5.0, 5.0)]
    assert seen(lambda: paid(running_shop, customer), wanted) == wanted
    assert call(running_shop, customer, "/api/memberships/current")["tier"] == "pro"
