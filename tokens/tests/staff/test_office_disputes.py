"""Disputes in the back office: the queue by deadline, what speaks for the purchase, and the way to answer at Stripe."""

import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from soulfra.privacy.anonymising import anonymise
from soulfra.privacy.erasing import StillOpen
from stripe_sandbox import testing
from tokens.emails.outbox import send_due
from tokens.ledger.derived_totals import count_limits_again
from tokens.models import Dispute, Mail
from tokens.spending.holds import hold, release
from tokens.spending.spends import spend
from tokens.staff.acts import Why
from tokens.testing.buying import buy
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.office import hire, looked_at, page, press, told, words

pytestmark = pytest.mark.django_db

QUEUE = page("tokens_dispute", "changelist")


def disputed(sandbox, purchase, **how):
    """The row of a dispute that was opened at Stripe, and told by its events."""
    opened = testing.dispute(purchase.stripe_payment_intent_id, **how)
    deliver_disputes(sandbox, purchase)
    return Dispute.objects.get(stripe_id=opened["id"])


def queue_of(client):
    return [row.stripe_id for row in client.get(QUEUE).context["cl"].result_list]


def test_in_the_sandbox_a_dispute_is_answered_on_the_operator_page(client, sandbox, bought, settings):
    dispute = disputed(sandbox, bought)
    address = f"{settings.STRIPE_API_BASE}/stripe-sandbox/#disputes"
    assert f'href="{address}" rel="noopener">{dispute.stripe_id}</a>' in looked_at(client, dispute)
    with urllib.request.urlopen(address, timeout=20) as page:
        assert 'id="disputes"' in page.read().decode()


# --- the queue ---------------------------------------------------------------------------


def test_the_queue_has_what_waits_for_an_answer_by_its_deadline_then_the_rest(client, sandbox, alice, bob):
    purchases = [buy(sandbox, user) for user in (alice, bob, alice, bob, alice)]
    won, late, lost, soon, newest = (disputed(sandbox, purchase) for purchase in purchases)
    for row, is_won in ((won, True), (lost, False)):
        testing.close_dispute(row.stripe_id, won=is_won)
        deliver_disputes(sandbox, row.purchase)
    for row, days in ((late, 9), (soon, 2), (newest, 20)):
        Dispute.objects.filter(pk=row.pk).update(evidence_due_at=timezone.now() + timedelta(days=days))
    client.force_login(hire("auditor"))
    assert queue_of(client) == [row.stripe_id for row in (soon, late, newest, lost, won)]


def test_a_dispute_that_no_longer_asks_has_no_deadline(sandbox, bought):
    dispute = disputed(sandbox, bought)
    assert dispute.evidence_due_at
    testing.close_dispute(dispute.stripe_id, won=False)
    deliver_disputes(sandbox, bought)
    dispute.refresh_from_db()
    assert (dispute.status, dispute.evidence_due_at) == ("lost", None)


def test_the_deadline_is_stripes_and_says_how_long_there_is(client, sandbox, bought):
    opened = testing.dispute(bought.stripe_payment_intent_id)
    deliver_disputes(sandbox, bought)
    due = datetime.fromtimestamp(opened["evidence_details"]["due_by"], UTC)
    client.force_login(hire("finance"))
    assert f"{due:%b %-d, %Y, %H:%M} UTC, " in words(client.get(QUEUE))
    assert " left" in words(client.get(QUEUE))
    Dispute.objects.update(evidence_due_at=timezone.now() - timedelta(minutes=1))
    assert "UTC, overdue" in words(client.get(QUEUE))
    testing.close_dispute(opened["id"], won=False)
    deliver_disputes(sandbox, bought)
    assert "UTC, " not in words(client.get(QUEUE))


def test_a_dispute_is_found_by_its_customer_its_id_and_its_payment(client, sandbox, alice, bob):
    mine, other = (disputed(sandbox, buy(sandbox, user)) for user in (alice, bob))
    client.force_login(hire("support"))
    for term in ("alice", "alice@example.com", mine.stripe_id, mine.purchase.stripe_payment_intent_id):
        found = client.get(QUEUE, {"q": term}).context["cl"].result_list
        assert [row.pk for row in found] == [mine.pk]
    assert other.pk != mine.pk


def test_the_queue_costs_the_same_with_one_row_and_with_three(client, sandbox, alice, bob):
    client.force_login(hire("auditor"))
    disputed(sandbox, buy(sandbox, alice))
    client.get(QUEUE)
    with CaptureQueriesContext(connection) as with_one:
        client.get(QUEUE)
    for user in (alice, bob):
        disputed(sandbox, buy(sandbox, user))
    with CaptureQueriesContext(connection) as with_three:
        client.get(QUEUE)
    assert len(with_three) == len(with_one)


# --- the evidence ------------------------------------------------------------------------


def test_the_page_says_who_bought_from_where_and_what_they_were_sent(client, sandbox, alice, bought):
    type(bought).objects.filter(pk=bought.pk).update(client_ip="203.0.113.7", user_agent="Mozilla/5.0 (A telephone)")
    assert send_due()
    receipt = Mail.objects.get(about=f"purchase:{bought.pk}:completed")
    shown = looked_at(client, disputed(sandbox, bought))
    assert "alice, alice@example.com, since" in shown
    assert "203.0.113.7" in shown
    assert "Mozilla/5.0 (A telephone)" in shown
    assert page("tokens_mail", "change", receipt.pk) in shown
    assert f"sent {receipt.sent_at:%b %-d, %Y, %H:%M} UTC to alice@example.com" in shown
    assert page("tokens_purchase", "change", bought.pk) in shown
    assert page("accounts_user", "change", alice.pk) in shown


def test_what_was_used_since_is_counted_and_what_was_before_or_given_back_is_not(client, sandbox, alice):
    buy(sandbox, alice, "starter")
    before = spend(alice, "ai_analysis", metadata={"domain": "before.com"})
    type(before).objects.update(created_at=timezone.now() - timedelta(days=3))
    count_limits_again()
    bought = buy(sandbox, alice)
    release(hold(alice, "data_export"))
    for number in range(24):
        spend(alice, "ai_analysis", metadata={"domain": f"site{number}.com"})
    shown = looked_at(client, disputed(sandbox, bought))
    assert "120 tokens in 24 actions, from" in shown
    assert "25 of 500 tokens used" in shown  # the starter pack's 95 went first
    assert "Latest 20 of 24" in shown
    assert "ai_analysis, 5 tokens (site23.com)" in shown
    assert "site3.com" not in shown
    assert "before.com" not in shown
    rest = f"{page('tokens_tokenusage', 'changelist')}?user__id__exact={alice.pk}&amp;status__exact=spent"
    assert rest in shown
    assert client.get(rest.replace("&amp;", "&")).status_code == 200


def test_a_purchase_of_which_nothing_was_used_says_so(client, sandbox, bought):
    Mail.objects.all().delete()
    shown = looked_at(client, disputed(sandbox, bought))
    assert "<dd> nothing </dd>" in shown
    assert "<dd> 0 of 500 tokens used </dd>" in shown
    assert "none" in shown


def test_the_page_costs_the_same_statements_however_much_was_used(client, sandbox, alice, bought):
    dispute = disputed(sandbox, bought, inquiry=True)
    address = page("tokens_dispute", "change", dispute.pk)
    client.force_login(hire("support"))
    spend(alice, "import_domain")
    client.get(address)
    with CaptureQueriesContext(connection) as with_one:
        client.get(address)
    for _ in range(5):
        spend(alice, "import_domain")
    with CaptureQueriesContext(connection) as with_more:
        client.get(address)
    assert len(with_more) == len(with_one)


# --- its life ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "ends", "state", "money"),
    [
        ({}, None, "Open: needs response", ("$40.00", "$0.00")),
        ({"inquiry": True}, None, "Inquiry: warning needs response", ("$0.00", "$0.00")),
        ({"amount": 1000}, None, "Open: needs response", ("$10.00", "$0.00")),
        ({}, True, "Closed: won", ("$40.00", "$40.00")),
        ({}, False, "Closed: lost", ("$40.00", "$0.00")),
    ],
)
def test_the_page_shows_what_the_bank_did(client, sandbox, bought, how, ends, state, money):
    dispute = disputed(sandbox, bought, **how)
    if ends is not None:
        testing.close_dispute(dispute.stripe_id, won=ends)
        deliver_disputes(sandbox, bought)
    client.force_login(hire("auditor"))
    shown = client.get(page("tokens_dispute", "change", dispute.pk))
    assert f">{state}<" in words(shown).replace("> ", ">").replace(" <", "<")
    assert state in words(client.get(QUEUE))
    row = Dispute.objects.get()
    admin = shown.context["adminform"].model_admin
    assert (admin.withdrawn(row), admin.reinstated(row)) == money
    assert words(shown).count(money[0])


# --- the way to Stripe, and who may look -----------------------------------------------------


@pytest.mark.parametrize(
    ("key", "is_sandbox", "way"),
    [
        ("sk_live_x", False, "https://dashboard.stripe.com/"),
        ("sk_test_x", False, "https://dashboard.stripe.com/test/"),
        ("sk_test_sandbox", True, None),
    ],
)
def test_the_dispute_and_its_payment_are_linked_to_stripes_dashboard(
    client, sandbox, bought, settings, key, is_sandbox, way
):
    dispute = disputed(sandbox, bought)
    settings.STRIPE_SECRET_KEY, settings.STRIPE_SANDBOX = key, is_sandbox
    shown = looked_at(client, dispute)
    for kind, stripe_id in (("disputes", dispute.stripe_id), ("payments", bought.stripe_payment_intent_id)):
        assert stripe_id in shown
        assert (f'href="{way}{kind}/{stripe_id}"' in shown) == (way is not None)
    assert ("dashboard.stripe.com" in shown) == (way is not None)


@pytest.mark.parametrize("role", ["support", "finance", "manager", "auditor"])
def test_every_role_looks_and_nobody_changes(client, sandbox, bought, role):
    dispute = disputed(sandbox, bought)
    client.force_login(hire(role))
    address = page("tokens_dispute", "change", dispute.pk)
    assert client.get(address).status_code == 200
    assert client.post(address, {"status": "won"}).status_code == 403
    assert client.post(page("tokens_dispute", "delete", dispute.pk), {"post": "yes"}).status_code == 403
    assert Dispute.objects.get().status == "needs_response"


def test_staff_without_a_role_see_no_dispute(client, sandbox, bought):
    dispute = disputed(sandbox, bought)
    client.force_login(hire())
    assert client.get(QUEUE).status_code == 403
    assert client.get(page("tokens_dispute", "change", dispute.pk)).status_code == 403


def test_a_person_about_whom_the_bank_still_asks_is_not_made_unknown(client, sandbox, alice):
    purchase = buy(sandbox, alice)
    opened = testing.dispute(purchase.stripe_payment_intent_id)
    deliver_disputes(sandbox, purchase)
    manager = hire("manager")
    client.force_login(manager)
    answer = press(client, page("accounts_user", "anonymise", alice.pk), times=1)[0]
    assert told(answer)[0].startswith("A payment is disputed.")
    with pytest.raises(StillOpen):
        anonymise(alice, why=Why(manager, "Asked for"))
    testing.close_dispute(opened["id"], won=False)
    deliver_disputes(sandbox, purchase)
    assert Dispute.objects.get().is_closed
    assert anonymise(alice, why=Why(manager, "Asked for")).username == f"anonymous-{alice.pk}"
