"""While one verb of a membership waits for Stripe, no verb of the same user begins, the same or another."""

import pytest

from memberships.models import Subscription
from memberships.subscriptions import changes, checkout
from memberships.subscriptions.scheduled_changes import MEMBERSHIP
from tokens.errors import CallUnderWay
from tokens.idempotency import alone
from tokens.stripe_api import billing
from tokens.testing.sandbox import HERE

pytestmark = pytest.mark.django_db

VERBS = {
    "upgrade": lambda user_id: changes.change(user_id, "premium"),
    "keep": lambda user_id: changes.change(user_id, "pro"),
    "change to free": lambda user_id: changes.change(user_id, "free"),
    "cancel": changes.cancel,
    "resume": changes.resume,
    "cancel now": changes.cancel_now,
    "move": lambda user_id: changes.move_to_present_price(Subscription.objects.get(user_id=user_id)),
    "start": lambda user_id: checkout.start(user_id, "premium", buyer=HERE),
}


@pytest.mark.parametrize("first", ["upgrade", "change to free", "cancel", "resume", "move"])
def test_no_verb_begins_while_another_waits(first, alices, alice, monkeypatch):
    alices.subscribe("pro")
    ask, refused = billing.retrieve_subscription, set()

    def asking(stripe_id):
        for name, verb in VERBS.items():
            try:
                verb(alice.pk)
            except CallUnderWay:
                refused.add(name)
        return ask(stripe_id)

    with monkeypatch.context() as patch:
        patch.setattr(billing, "retrieve_subscription", asking)
        VERBS[first](alice.pk)
    assert refused == set(VERBS)
    VERBS["resume"](alice.pk)  # free again


def test_every_door_says_that_a_request_is_under_way(alices, alice, bob, api, alice_page):
    alices.subscribe("pro")
    with alone(alice.pk, MEMBERSHIP):
        answers = [
            api(alice).post(f"/api/memberships/{path}", {"plan": "premium"} if path in ("checkout", "change") else {})
            for path in ("checkout", "change", "cancel", "resume")
        ]
        page = alice_page.post("/membership/change", {"plan": "premium"})
        bobs = api(bob).post("/api/memberships/checkout", {"plan": "pro"})
    told = {(each.status_code, each.json()["title"], each["Retry-After"]) for each in answers}
    assert told == {(409, "Request under way", "2")}
    assert (page.status_code, "Your request is in progress" in page.text) == (409, True)
    assert bobs.status_code == 200
