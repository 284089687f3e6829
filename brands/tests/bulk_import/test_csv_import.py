"""A CSV import: all or nothing, charged once, within the limits, whatever else happens meanwhile."""

import pytest

from brands.bulk_import import work as working
from brands.bulk_import.quote import quote_csv
from brands.bulk_import.start import find, save_quote, start, start_file
from brands.bulk_import.work import work_one
from brands.errors import BadFile, UnknownImport
from brands.models import Brand, CsvImport
from brands.testing.csv_files import csv_with, import_all, queue, sample
from brands.testing.rows import domains_of, free_ones
from memberships.errors import NothingPays
from memberships.models import Membership
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.customer_totals import usage_breakdown
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db


def spent_by(user):
    rows = TokenUsage.objects.for_user(user.pk).spent().order_by("action")
    return [(usage.action, usage.tokens_spent, usage.metadata) for usage in rows]


def test_worked_example_b_takes_102_of_500_tokens_and_says_for_what(alice):
    simulate_token_purchase(alice.pk, "pro")
    quote = quote_csv(alice.pk, sample("domains-100.csv"))
    assert (quote.counts["new"], quote.payment.tokens, quote.is_payable) == (100, 102, True)
    done = import_all(alice, sample("domains-100.csv"), "domains-100.csv")
    assert (done.status, done.imported, done.tokens_spent, done.paid_by) == ("done", 100, 102, {"tokens": 100})
    assert (get_token_balance(alice.pk), Brand.objects.of(alice.pk).count()) == (398, 100)
    assert spent_by(alice) == [
        ("csv_import", 2, {"file": "domains-100.csv"}),
        ("import_domain", 100, {"file": "domains-100.csv", "domains": 100}),
    ]
    assert [(row.action, row.tokens) for row in usage_breakdown(alice.pk)] == [
        ("import_domain", 100),
        ("csv_import", 2),
    ]


def test_details_come_with_the_domains_and_the_payer_is_recorded_per_row(alice):
    make_lot(alice, tokens=4)
    free_ones(alice, 7)
    data = b"name,domain,category,tier\nOcean Dreams,ocean.com,tech,creative\n,sea.com,,\n,lake.com,,\n"
    done = import_all(alice, data)
    brands = Brand.objects.filter(csv_import=done).order_by("pk")
    assert [(each.domain, each.name, each.slug, each.category_id, each.tier, each.paid_by) for each in brands] == [
        ("ocean.com", "Ocean Dreams", "ocean-dreams", "tech", "creative", "tokens"),
        ("sea.com", "Sea", "sea", None, "foundation", "tokens"),
        ("lake.com", "Lake", "lake", None, "foundation", "free"),
    ]
    assert (done.paid_by, done.tokens_spent, get_token_balance(alice.pk)) == ({"tokens": 2, "free": 1}, 4, 0)


def test_a_pro_member_who_chose_membership_first_imports_beyond_ten_without_tokens(alice):
    simulate_token_purchase(alice.pk, "starter")
    Membership.objects.create(user=alice, tier_id="pro", payment_order="membership_first")
    done = import_all(alice, sample("domains-20.csv"))
    assert (done.paid_by, done.tokens_spent, done.hold) == ({"membership": 20}, 0, None)
    assert get_token_balance(alice.pk) == 100


def test_starting_twice_and_working_twice_imports_and_charges_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    quoted = save_quote(alice.pk, csv_with(3))
    assert [start(quoted).pk for _ in range(2)] == [quoted.pk] * 2
    assert [work_one() for _ in range(2)] == [True, False]
    assert start(quoted).status == "done"
    assert (get_token_balance(alice.pk), len(domains_of(alice))) == (95, 3)


def test_the_same_file_sent_again_while_it_is_under_way_is_the_same_import(alice):
    simulate_token_purchase(alice.pk, "starter")
    assert queue(alice, csv_with(3)).pk == queue(alice, csv_with(3)).pk
    assert (CsvImport.objects.count(), read_wallet(alice.pk).held) == (1, 5)


def test_the_same_file_sent_again_afterwards_costs_nothing(alice):
    simulate_token_purchase(alice.pk, "starter")
    import_all(alice, csv_with(3))
    again = import_all(alice, csv_with(3))
    assert (again.status, again.rows, again.imported, again.tokens_spent) == ("done", 3, 0, 0)
    assert get_token_balance(alice.pk) == 95


def test_too_few_tokens_and_no_room_refuse_the_whole_file(alice):
    make_lot(alice, tokens=3)
    with pytest.raises(NothingPays, match="Buy tokens or upgrade subscription") as caught:
        start_file(alice.pk, csv_with(14))
    assert (caught.value.required, caught.value.available, caught.value.shortfall) == (16, 3, 13)
    assert (CsvImport.objects.count(), get_token_balance(alice.pk), domains_of(alice)) == (0, 3, [])


@pytest.mark.parametrize("step", ["_stage", "_finish"])
def test_a_failure_at_any_step_leaves_nothing_and_charges_nothing(alice, monkeypatch, step):
    simulate_token_purchase(alice.pk, "pro")
    queued = queue(alice, csv_with(120))
    original, calls = getattr(working, step), []

    def breaks(*args):
        original(*args)
        calls.append(1)
        if step == "_finish" or len(calls) == 2:
            raise ZeroDivisionError

    if step == "_finish":
        monkeypatch.setattr(working, "_capture", lambda *_: 1 / 0)
    else:
        monkeypatch.setattr(working, "_stage", breaks)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.error) == ("failed", "Something went wrong on our side. Try again.")
    assert (Brand.objects.count(), get_token_balance(alice.pk), read_wallet(alice.pk).held) == (0, 500, 0)
    monkeypatch.undo()
    assert import_all(alice, csv_with(120)).imported == 120


def test_what_is_alices_is_unknown_to_bob(alice, bob):
    with pytest.raises(UnknownImport):
        find(bob.pk, save_quote(alice.pk, csv_with(1)).pk)


def test_a_file_that_is_none_is_not_kept(alice):
    with pytest.raises(BadFile):
        save_quote(alice.pk, b"\x00")
    assert CsvImport.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_failure_after_the_charge_gives_everything_back(alice, monkeypatch):
    simulate_token_purchase(alice.pk, "starter")
    queued, renew = queue(alice, csv_with(3)), working._renew
    is_end = {"status": "done"}.items()

    def breaks(mine, **changes):
        assert not is_end <= changes.items(), "broken on purpose"
        renew(mine, **changes)

    monkeypatch.setattr(working, "_renew", breaks)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, Brand.objects.count()) == ("failed", 0)
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).held, spent_by(alice)) == (100, 0, [])
