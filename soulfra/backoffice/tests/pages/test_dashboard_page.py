"""The first page of the back office: its numbers, the rows behind each, and who may see it."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from devtools.testing.factories import UserFactory
from tokens.ledger.wallet import read_wallet
from tokens.models import Dispute, GrantRequest, LedgerCheck, Mail, Purchase, Reconciliation, StripeEvent
from tokens.purchases.refunds import refund
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import buy, post

pytestmark = pytest.mark.django_db

INDEX = "/admin/"
CARD = r'<a class="office-card[^"]*"\s+href="([^"]*)">\s*<span class="office-name">(.*?)</span>(.*?)</a>'


def cards_of(answer):
    """{name: (values, address)} of every card on the page."""
    found = re.findall(CARD, answer.content.decode(), re.DOTALL)
    return {
        name: (re.findall(r"<strong>(.*?)</strong>", rest), html.unescape(address)) for address, name, rest in found
    }


def rows_at(office, address):
    """The rows of a list of the back office; asserts that the list took its filters."""
    answer = office.get(address)
    assert answer.status_code == 200, address
    return list(answer.context["cl"].queryset)


@pytest.fixture
def busy(sandbox, alice, bob, staff):
    """A shop where each number is above zero, and where some rows are in no number."""
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    refund(purchase, amount_cents=1000, reason="as agreed", by=None)
    failed = sandbox.buy(bob)
    Purchase.objects.filter(pk=failed.pk).update(status="failed")
    grant(alice, tokens=20, reason="sorry", by=staff)
    asked = {"user": alice, "tokens": 2000, "reason": "sorry", "by": staff}
    GrantRequest.objects.create(**asked)
    GrantRequest.objects.create(**asked, status="declined", decided_by=bob, decided_at=timezone.now())
    spend(alice, "ai_analysis")
    post(alice)
    for number, status in enumerate(("failed", "done")):
        StripeEvent.objects.create(stripe_id=f"evt_{number}", type="x", livemode=False, payload={}, status=status)
    Mail.objects.filter(pk=Mail.objects.earliest("pk").pk).update(status="given_up")
    for number, status in enumerate(("needs_response", "won")):
        Dispute.objects.create(
            user=alice,
            purchase=purchase,
            stripe_id=f"du_{number}",
            status=status,
            amount_cents=4000,
            fetched_at=timezone.now(),
        )
    return purchase


@pytest.mark.breaks_the_books
def test_each_number_is_shown_and_leads_to_the_rows_behind_it(office, busy, alice):
    cards = cards_of(office.get(INDEX))
    shown = {name: (values, len(rows_at(office, address))) for name, (values, address) in cards.items()}
    assert shown == {
        "Outstanding tokens": (["390", "$30.00"], 2),
        "Ledger check": (["Not yet"], 0),
        "Failed events": (["1"], 1),
        "Refunds to approve": (["0"], 0),
        "Grants to approve": (["1"], 1),
        "Disputes to answer": (["1"], 1),
        "Undelivered emails": (["1"], 1),
        "Last reconciliation": (["Never"], 0),
        "Revenue": (["$30.00"], 1),
        "Paid": (["$40.00"], 1),
        "Refunded": (["$10.00"], 1),
        "Disputed": (["$0.00"], 2),
        "Paying customers": (["1"], 1),
        "Checkout conversion": (["50%"], 2),
        "Failed payments": (["1"], 1),
        "Sold": (["500"], 1),
        "From memberships": (["0"], 0),
        "Granted by staff": (["20"], 1),
        "Spent": (["5"], 1),
        "Reversed": (["125"], 1),
    }


def test_a_debt_takes_nothing_off_what_is_outstanding(office, sandbox, alice, bob):
    purchase = sandbox.buy(alice, "starter")
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    spend(alice, "data_export")
    refund(purchase, amount_cents=1000, reason="as agreed", by=None, beyond_offer=True)
    assert read_wallet(alice.pk).debt == 10
    assert cards_of(office.get(INDEX))["Outstanding tokens"][0] == ["0"]
    bobs = buy(bob.pk, "pro")
    values, address = cards_of(office.get(INDEX))["Outstanding tokens"]
    assert values == ["500", "$40.00"]
    assert [(lot.purchase, lot.remaining) for lot in rows_at(office, address)] == [(bobs, 500)]


def test_the_last_comparison_with_stripe_says_what_it_found(office):
    now = timezone.now()
    Reconciliation.objects.create(since=now, started_at=now)
    assert cards_of(office.get(INDEX))["Last reconciliation"][0] == ["Never"]
    done = Reconciliation.objects.create(since=now, started_at=now, finished_at=now, repaired=2, unrepaired=1)
    answer = office.get(INDEX)
    values, address = cards_of(answer)["Last reconciliation"]
    assert values == [f"{now:%b %-d, %Y, %H:%M}"]
    assert address == reverse("admin:tokens_reconciliation_change", args=[done.pk])
    assert "2 fixed, 1 open" in answer.content.decode()


def test_the_check_of_the_ledger_says_what_it_found_and_when(office):
    now = timezone.now()
    assert cards_of(office.get(INDEX))["Ledger check"] == (["Not yet"], reverse("admin:tokens_ledgercheck_changelist"))
    LedgerCheck.objects.create(started_at=now, next_at=now, finished_at=now)
    answer = office.get(INDEX)
    assert cards_of(answer)["Ledger check"][0] == ["Correct"]
    assert f"{now:%b %-d, %Y, %H:%M} UTC" in answer.content.decode()
    LedgerCheck.objects.create(started_at=now, next_at=now, findings=2)  # under way
    assert cards_of(office.get(INDEX))["Ledger check"][0] == ["2 disagreements"]


@pytest.mark.parametrize("days", [1, 7, 30, 90])
def test_the_period_is_chosen_and_the_table_has_a_row_for_each_step(office, alice, days):
    buy(alice.pk, "pro")
    page = office.get(INDEX, {"days": days}).content.decode()
    table = page.partition('class="office-table"')[2]
    assert table.count('<th scope="row">') == (24 if days == 1 else days)
    assert table.count(">$40.00<") == 1
    assert re.search(rf'href="\?days={days}"\s+aria-current="page"', page)


@pytest.mark.parametrize("days", ["2", "x", "-1", ""])
def test_another_period_is_not_found(office, days):
    assert office.get(INDEX, {"days": days}).status_code == 404


def test_staff_who_may_not_see_reports_get_the_plain_list(client, clerk, alice):
    buy(alice.pk, "pro")
    client.force_login(clerk)
    answer = client.get(INDEX)
    assert answer.status_code == 200
    assert cards_of(answer) == {}
    assert "$40.00" not in answer.content.decode()


def test_it_takes_as_many_statements_with_one_purchase_as_with_three(office, alice):
    office.get(INDEX)
    counts = []
    for number in range(3):
        buy(UserFactory.create().pk if number else alice.pk, "pro")
        with CaptureQueriesContext(connection) as statements:
            office.get(INDEX)
        counts.append(len(statements))
    assert counts[0] == counts[2]
    assert counts[0] <= 28
