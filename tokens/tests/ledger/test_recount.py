"""`manage.py recount`: totals that other code left behind are made right, and nothing else is touched."""

import threading
from datetime import date

import pytest
from django.core.management import call_command

from tokens.ledger.recounting import recount
from tokens.models import DailyTotal, LedgerEntry, PurchaseTotal, UsageTotal, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.audit import audit
from tokens.spending.holds import capture, hold
from tokens.spending.spends import spend
from tokens.testing.ledger_rows import post

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(alice):
    """Alice has bought and spent, all of it posted, and holds some."""
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(3):
        spend(alice.pk, "data_export")
    capture(hold(alice.pk, "ai_analysis", tokens=9), tokens=4)
    post(alice)
    return alice


def test_totals_that_were_left_behind_are_made_right_once(used, bob, capsys):
    right = totals()
    UsageTotal.objects.filter(action="data_export").update(tokens=10, count=1)
    UsageTotal.objects.filter(action="ai_analysis").delete()
    DailyTotal.objects.update(tokens=1)
    DailyTotal.objects.create(user=bob, day=date(2026, 1, 1), action="forgotten", tokens=5, count=5)
    PurchaseTotal.objects.update(purchases=7, tokens=1)
    PurchaseTotal.objects.create(user=bob, currency="eur", purchases=1, tokens=1, cents=1)
    before = untouched()
    found = audit()
    assert len(found) == 7

    call_command("recount")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "7 totals put right."
    assert set(found) & set(lines) == {line for line in found if " for " in line}
    assert (
        f"The total of user {bob.pk} says 1 purchase, 1 token, 1 eur, but they come to 0 purchases, 0 tokens, 0 eur."
        in lines
    )
    assert (audit(), totals(), untouched()) == ([], right, before)

    call_command("recount")
    assert capsys.readouterr().out == "Every total is right.\n"
    assert untouched() == before


def test_what_is_not_posted_yet_is_no_part_of_a_total(used):
    spend(used.pk, "data_export")
    UsageTotal.objects.update(tokens=1)
    assert len(list(recount())) == 2
    assert audit() == []
    post(used)
    assert UsageTotal.objects.get(action="data_export").tokens == 40


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_recounting_beside_spends_and_postings_leaves_right_totals(used):
    stop = threading.Event()

    def keep_using():
        from django.db import connection

        while not stop.is_set():
            spend(used.pk, "import_domain")
            capture(hold(used.pk, "ai_analysis", tokens=2), tokens=1)
        connection.close()

    threads = [threading.Thread(target=keep_using) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            UsageTotal.objects.filter(action="ai_analysis").update(tokens=0)
            DailyTotal.objects.filter(action="import_domain").update(count=0)
            list(recount())
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert audit() == []


def totals():
    return (
        sorted(UsageTotal.objects.values_list("user", "action", "tokens", "count")),
        sorted(DailyTotal.objects.values_list("user", "day", "action", "api_key", "tokens", "count")),
        sorted(PurchaseTotal.objects.values_list("user", "currency", "purchases", "tokens", "cents")),
    )


def untouched():
    return list(Wallet.objects.values()), list(LedgerEntry.objects.order_by("pk").values())
