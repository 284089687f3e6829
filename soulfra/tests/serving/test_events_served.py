"""Stripe's events through a real socket, on both servers: filed whatever they hold, and verified by either secret."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from urllib.parse import urlencode

from devtools.testing.servers import running, usual_database

OLD, NEW = "whsec_the_old_one_0123456789", "whsec_only_for_tests_0123456789"
NUL = (
    r'{"id":"evt_nul","object":"event","api_version":"2026-10-28.endive","created":1796000000,"livemode":false,'
    r'"type":"payment_intent.created","data":{"object":{"id":"pi_y","description":"a\u0000b"}}}'
)


def deliver(shop, body, *, secret=NEW):
    """(status, answer) of an event that was signed just now"""
    moment = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={moment},v1={signature}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{shop.address}/api/tokens/webhook", body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def event(id, type="refund.created", object=None, **fields):
    about = {"id": id, "object": "event", "livemode": False, "type": type, "data": {"object": object or {}}}
    return json.dumps({**about, **fields})


def test_odd_and_foreign_events_are_filed_and_never_a_500(running_shop):
    deep = event("evt_deep", object={"a": "DEEP"}).replace('"DEEP"', "[" * 3000 + "]" * 3000)
    filed = {
        NUL: "done",
        NUL.replace("evt_nul", "evt_half").replace(r"\u0000", r"\ud800"): "done",
        deep: "not_ours",
        event("evt_nan", object={"a": float("nan")}): "not_ours",
        event("evt_long".ljust(5000, "x")): "not_ours",
        event("evt_account", "checkout.session.completed", {"id": "cs_1"}, account="acct_1"): "not_ours",
        event("evt_session", "checkout.session.completed", {"id": "cs_1"}): "not_ours",
        event(
            "evt_hat", "checkout.session.completed", {"id": "cs_2", "metadata": {"purchase_key": "hat-7"}}
        ): "not_ours",
        event("evt_invoice", "invoice.paid", {"id": "in_1", "customer": "cus_other"}): "not_ours",
        event("evt_refund", "refund.created", {"id": "re_1", "payment_intent": "pi_other"}): "not_ours",
    }
    for body, status in filed.items():
        for _ in range(2):
            assert deliver(running_shop, body) == (200, {"received": True, "status": status})
    code, answer = deliver(running_shop, "[" * 3000)
    assert (code, answer["detail"]) == (400, "The body is not JSON in UTF-8.")
    assert deliver(running_shop, NUL, secret=OLD)[0] == 400


def test_while_the_secret_is_rotated_the_shop_takes_both(tmp_path):
    secrets = f" {NEW} , '{OLD}'\n"
    with usual_database("run") as url, running("run", url, STRIPE_WEBHOOK_SECRET=secrets) as shop:
        assert [deliver(shop, NUL, secret=secret)[0] for secret in (NEW, OLD, "whsec_other")] == [200, 200, 400]
        staff = shop.customer("stella", is_staff=True)
        query = urlencode({"q": "evt_nul"})
        headers = {"Cookie": f"sessionid={staff.session}"}
        asked = urllib.request.Request(f"{shop.address}/admin/tokens/stripeevent/?{query}", headers=headers)
        with urllib.request.urlopen(asked, timeout=60) as listed:
            assert (listed.status, "evt_nul" in listed.read().decode()) == (200, True)
