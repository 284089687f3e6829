"""Changes of a membership whose answer is lost: nobody is told what may be untrue, and what was planned comes back."""

from contextlib import contextmanager

import pytest

from memberships.current import get_membership
from memberships.errors import PaymentNeeded
from memberships.models import Membership, Plan, Subscription
from memberships.subscriptions import changes
from memberships.subscriptions.scheduled_changes import MEMBERSHIP
from memberships.testing.members import Member
from memberships.testing.others import a_price, our_price, sell
from tokens.errors import StripeFailed, StripeUnreachable
from tokens.idempotency import alone
from tokens.models import Purchase
from tokens.stripe_api import billing, gateway
from tokens.sweep import sweep
from tokens.testing.losing import losing_answers

pytestmark = pytest.mark.django_db

ENDS = {"cancel_at_period_end": True}
NOTHING_CHARGED = "Stripe isn't answering; nothing was charged. Please try again in a moment."


@pytest.fixture
def alices(sandbox, alice):
    Plan.objects.create(key="mini", name="Mini", price_cents=200, domain_limit=20)
    return Member(sandbox, alice)


@pytest.fixture
def losing(settings, monkeypatch):
    """`with losing(what):` loses answers from the first change of that kind on."""
    monkeypatch.setattr(gateway, "RETRIES", 0)

    @contextmanager
    def lose(to, **how):
        upstream = settings.STRIPE_API_BASE
        with losing_answers(upstream, to=to, **how) as settings.STRIPE_API_BASE:
            yield
        settings.STRIPE_API_BASE = upstream

    return lose


def a_plan(method, path, body):
    return method == "POST" and path.startswith("/v1/subscriptions/") and "items" in body


def an_end(method, path, body):
    return path.startswith("/v1/subscriptions/") and (method == "DELETE" or "cancel_at_period_end=true" in body)


def a_schedule(method, path, body):
    return method == "POST" and path == "/v1/subscription_schedules"


def plan(alice, what):
    """Plan the end, or a cheaper plan; (when it ends, what comes)."""
    if what == "cancel":
        changes.cancel(alice.pk)
    else:
        changes.change(alice.pk, "mini")
    found = planned(alice)
    assert any(found)
    return found


def planned(alice):
    membership = get_membership(alice.pk)
    return membership.cancel_at, membership.next_plan


def put_back():
    return sweep()["scheduled changes restored"]


@pytest.mark.parametrize(
    ("lost_from", "is_silent"), [("its answer", True), ("its answer", False), ("the next answer", False)]
)
def test_an_upgrade_that_may_be_paid_is_never_said_to_have_cost_nothing(
    lost_from, is_silent, alices, alice, api, settings, losing
):
    alices.subscribe("pro")
    if is_silent:
        settings.STRIPE_DEADLINE_SECONDS = 4
    with losing(a_plan, lost_from=lost_from, is_silent=is_silent):
        answer = api(alice).post("/api/memberships/change", {"plan": "premium"})
    assert (answer.status_code, answer.json()["detail"]) == (502, changes.MAY_HAVE_CHANGED)
    alices.hear()
    assert get_membership(alice.pk).tier == "premium"
    assert Purchase.objects.filter(package_key="premium").count() == 1


def test_the_page_says_so_too(alices, alice_page, losing):
    alices.subscribe("pro")
    with losing(a_plan):
        answer = alice_page.post("/membership/change", {"plan": "premium"})
    assert answer.status_code == 502
    assert changes.MAY_HAVE_CHANGED in answer.text.replace("&#x27;", "'")


def test_what_was_never_sent_is_said_to_have_cost_nothing(alices, alice, api, losing):
    alices.subscribe("pro")
    with losing(lambda *request: True, lost_from="the request"):
        answer = api(alice).post("/api/memberships/change", {"plan": "premium"})
    assert (answer.status_code, answer.json()["detail"]) == (502, NOTHING_CHARGED)


@pytest.mark.parametrize("what", ["cancel", "downgrade"])
def test_what_an_upgrade_released_that_was_not_made_is_planned_again_by_the_sweep(what, alices, alice, losing):
    alices.subscribe("pro")
    before = plan(alice, what)
    with losing(a_plan, lost_from="the request"), pytest.raises(StripeUnreachable) as raised:
        changes.change(alice.pk, "premium")
    assert str(raised.value) == changes.MAY_HAVE_CHANGED
    assert planned(alice) == (None, None)  # as Stripe has it now
    assert (put_back(), planned(alice), put_back()) == (1, before, 0)
    assert get_membership(alice.pk).tier == "pro"


def test_an_upgrade_that_was_made_unheard_stays_without_what_it_released(alices, alice, losing):
    alices.subscribe("pro")
    plan(alice, "downgrade")
    with losing(a_plan), pytest.raises(StripeUnreachable):
        changes.change(alice.pk, "premium")
    assert (put_back(), planned(alice), get_membership(alice.pk).tier) == (1, (None, None), "premium")
    assert put_back() == 0


def test_a_cancellation_that_was_not_made_leaves_the_downgrade(alices, alice, losing):
    alices.subscribe("pro")
    before = plan(alice, "downgrade")
    with losing(an_end, lost_from="the request"), pytest.raises(StripeUnreachable):
        changes.cancel(alice.pk)
    assert (put_back(), planned(alice)) == (1, before)


def test_a_downgrade_that_was_not_made_leaves_the_cancellation(alices, alice, losing):
    alices.subscribe("pro")
    before = plan(alice, "cancel")
    with losing(a_schedule), pytest.raises(StripeUnreachable):  # made at Stripe, but with nothing in it yet
        changes.change(alice.pk, "mini")
    assert (put_back(), planned(alice)) == (1, before)


def test_an_end_by_staff_that_was_not_made_leaves_the_downgrade(alices, alice, sandbox, losing):
    sell(alice, a_price(5000), our_price("premium"))
    alices.hear()
    changes.change(alice.pk, "pro")
    before = planned(alice)
    with losing(a_plan, lost_from="the request"), pytest.raises(StripeUnreachable):
        changes.cancel_now(alice.pk)
    assert (put_back(), planned(alice)) == (1, before)


def test_a_payment_that_is_needed_is_told_even_if_nothing_can_be_planned_again_now(alices, alice, losing):
    alices.subscribe("pro")
    before = plan(alice, "downgrade")
    alices.decline_next()
    with losing(a_plan, lost_from="the next answer"), pytest.raises(PaymentNeeded):
        changes.change(alice.pk, "premium")
    assert (put_back(), planned(alice)) == (1, before)


def test_what_a_process_released_that_died_is_planned_again(alices, alice, monkeypatch):
    alices.subscribe("pro")
    before = plan(alice, "downgrade")

    def die(*args):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(billing, "update_subscription", die)
        with pytest.raises(SystemExit):
            changes.change(alice.pk, "premium")
    assert (put_back(), planned(alice)) == (1, before)


def test_what_the_member_chose_since_is_what_counts(alices, alice, losing):
    alices.subscribe("pro")
    for choose, left in [
        (lambda: changes.resume(alice.pk), 0),
        (lambda: changes.cancel(alice.pk), 0),
        (lambda: billing.update_subscription(Membership.objects.get(pk=alice.pk).stripe_subscription_id, ENDS), 1),
    ]:
        changes.resume(alice.pk)
        plan(alice, "downgrade")
        with losing(a_plan, lost_from="the request"), pytest.raises(StripeUnreachable):
            changes.change(alice.pk, "premium")
        choose()
        assert put_back() == left
        assert (get_membership(alice.pk).next_plan, put_back()) == (None, 0)


def test_nothing_is_planned_again_beside_another_change_or_by_a_stripe_that_is_gone(alices, alice, settings, losing):
    alices.subscribe("pro")
    before = plan(alice, "cancel")
    with losing(a_plan, lost_from="the request"), pytest.raises(StripeFailed):
        changes.change(alice.pk, "premium")
    with alone(alice.pk, MEMBERSHIP):
        assert put_back() == 0
    upstream, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    assert put_back() == 0
    settings.STRIPE_API_BASE = upstream
    assert Subscription.objects.get().released_plan_id == "free"
    assert (put_back(), planned(alice)) == (1, before)
