"""The pytest plugin, as another project loads it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TESTS = """
import stripe

def shop_at(running):
    return stripe.StripeClient("sk_test_any", base_addresses={"api": running.address})

def order():
    line = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 700, "product_data": {"name": "A book"}}}
    return {"mode": "payment", "line_items": [line], "success_url": "http://localhost/thanks"}

def test_a_purchase(stripe_sandbox):
    session = shop_at(stripe_sandbox).v1.checkout.sessions.create(order())
    assert stripe_sandbox.pay(session.id)["payment_status"] == "paid"
    event = stripe_sandbox.events_of(session.id)[-1]
    body, signature = stripe_sandbox.signed(event["id"])
    assert stripe.Webhook.construct_event(body, signature, stripe_sandbox.config.webhook_secret).id == event["id"]

def test_each_test_has_its_own(stripe_sandbox):
    assert stripe_sandbox.events_since(None) == []

def test_two_clocks(run_stripe_sandbox):
    with run_stripe_sandbox() as one, run_stripe_sandbox() as two:
        assert one.advance(days=31)["now"] - two.catch_up()["now"] >= 31 * 86400 - 60
"""


def test_another_project_loads_it_with_p(tmp_path: Path) -> None:
    (tmp_path / "test_shop.py").write_text(TESTS)
    line = [sys.executable, "-m", "pytest", "-q", "-p", "stripe_sandbox.pytest_plugin", "-p", "no:django"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run([*line, str(tmp_path)], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert "3 passed" in result.stdout, result.stdout + result.stderr


def test_it_brings_no_django_along() -> None:
    script = "import sys, stripe_sandbox.pytest_plugin, stripe_sandbox.command_line; print('django' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("False\n", "")
