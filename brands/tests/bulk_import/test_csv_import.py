"""A CSV import: all or nothing, charged once, within the limits, whatever else happens meanwhile."""

import pytest
from django.db.models import Count

from brands.bulk_import import work as working
from brands.bulk_import.quote import quote_csv
from brands.bulk_import.start import find, forget_old_quotes, quote_of, save_quote, start, start_file
from brands.bulk_import.work import work, work_one
from brands.errors import BadFile, UnknownImport
from brands.importing import import_domain, quote_import
from brands.models import Brand, CsvImport
from brands.testing.csv_files import claim, csv_of, csv_with, import_all, queue, sample, stage
from brands.tests.domains.test_importing import free_ones
from memberships.current import get_membership
from memberships.domain_count import domains_used
from memberships.errors import NothingPays
from memberships.models import Membership
from tokens import jobs
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.customer_totals import usage_breakdown
from tokens.spending.holds import release
from tokens.spending.spends import spend_tokens
from tokens.testing.ledger_rows import make_lot
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"


def spent_by(user):
    rows = TokenUsage.objects.for_user(user.pk).spent().order_by("action")
    return [(usage.action, usage.tokens_spent, usage.metadata) for usage in rows]


def has_room(user, more):
    return get_membership(user.pk).plan.covers(domains_used(user.pk) + more)


def domains_of(user):
    return sorted(Brand.objects.of(user.pk).values_list("domain", flat=True))


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


def test_a_quote_changes_nothing_and_judges_every_row(alice):
    import_domain(alice.pk, "mine.com")
    quote = quote_csv(alice.pk, csv_of("new.com", "NEW.com", "mine.com", "nas.local"))
    assert [(row.line, row.verdict) for row in quote.rows] == [
        (2, "new"),
        (3, "duplicate"),
        (4, "already_yours"),
        (5, "invalid"),
    ]
    assert (quote.payment.counts, quote.payment.tokens) == ({"free": 1}, 0)
    assert CsvImport.objects.count() == 0


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


def test_nothing_shows_or_counts_before_the_end_but_the_places_are_promised(alice):
    queue(alice, csv_with(8))
    claimed = claim()
    stage(claimed, *working._batches(claimed, []))
    assert (domains_of(alice), has_room(alice, 10)) == ([], True)
    assert CsvImport.objects.get().staged == 8
    assert quote_import(alice.pk, units=3).payers == ("free", "free", None)
    with pytest.raises(NothingPays):
        start_file(alice.pk, csv_with(3, "other"))
    working._finish(claimed)
    assert len(domains_of(alice)) == 8


def test_a_domain_imported_meanwhile_is_dropped_and_not_charged(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    import_domain(alice.pk, "new1.com")
    assert get_token_balance(alice.pk) == 94
    work_one()
    queued.refresh_from_db()
    assert (queued.imported, queued.tokens_spent, get_token_balance(alice.pk)) == (2, 4, 95)
    assert queued.paid_by == {"tokens": 2}
    assert TokenUsage.objects.get(pk=queued.hold_id).metadata["domains"] == 2


def test_a_domain_imported_after_it_was_staged_is_dropped_too(alice, monkeypatch):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    finish = working._finish
    monkeypatch.setattr(working, "_finish", lambda *given: (import_domain(alice.pk, "new1.com"), finish(*given)))
    work_one()
    queued.refresh_from_db()
    assert (queued.imported, queued.tokens_spent, domains_of(alice)) == (2, 4, ["new0.com", "new1.com", "new2.com"])
    assert get_token_balance(alice.pk) == 95


def test_domains_of_a_long_file_that_came_another_way_are_dropped_from_every_batch(alice, monkeypatch):
    make_lot(alice, tokens=57)
    Membership.objects.create(user=alice, tier_id="premium")
    queued = queue(alice, csv_with(60))
    assert queued.paid_by == {"tokens": 55, "membership": 5}
    make_lot(alice, tokens=2)
    finish = working._finish

    def comes_late(*given):
        for name in ("new1.com", "new51.com"):  # one is staged, the other is in the last batch
            import_domain(alice.pk, name)
        finish(*given)

    monkeypatch.setattr(working, "_finish", comes_late)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.imported, queued.staged, queued.tokens_spent) == ("done", 58, 59, 56)
    assert (queued.paid_by, get_token_balance(alice.pk)) == ({"tokens": 54, "membership": 4}, 1)
    payers = Brand.objects.filter(csv_import=queued).values_list("paid_by").order_by("paid_by")
    assert list(payers.annotate(rows=Count("pk"))) == [("membership", 4), ("tokens", 54)]
    assert Brand.objects.filter(is_staged=True).count() == 0


def test_when_every_domain_was_imported_meanwhile_the_fee_is_waived(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(2))
    for name in ("new0.com", "new1.com"):
        import_domain(alice.pk, name)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.imported, queued.tokens_spent, get_token_balance(alice.pk)) == ("done", 0, 0, 98)


def test_a_domain_deleted_meanwhile_is_not_imported_without_being_paid(alice):
    simulate_token_purchase(alice.pk, "starter")
    import_domain(alice.pk, "new1.com")
    queued = queue(alice, csv_with(3))
    Brand.objects.filter(domain="new1.com").delete()
    work_one()
    queued.refresh_from_db()
    assert (queued.status, get_token_balance(alice.pk), domains_of(alice)) == ("failed", 99, [])


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


def test_a_hold_that_went_back_meanwhile_fails_the_import_cleanly(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    release(queued.hold)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, "were released in the meantime" in queued.error) == ("failed", True)
    assert (Brand.objects.count(), get_token_balance(alice.pk), read_wallet(alice.pk).held) == (0, 100, 0)


def test_an_import_that_waited_a_day_gives_its_tokens_back_and_fails(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    TokenUsage.objects.update(expires_at=LONG_AGO)
    Wallet.objects.update(due_at=LONG_AGO)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, Brand.objects.count(), get_token_balance(alice.pk)) == ("failed", 0, 100)


def test_held_tokens_cannot_be_spent_on_something_else(alice):
    make_lot(alice, tokens=12)
    queue(alice, csv_with(5))
    assert spend_tokens(alice.pk, "data_export") is False
    work_one()
    assert (get_token_balance(alice.pk), len(domains_of(alice))) == (5, 5)


def test_an_import_whose_worker_died_is_taken_over_and_the_dead_one_changes_nothing_any_more(alice):
    simulate_token_purchase(alice.pk, "pro")
    queued = queue(alice, csv_with(120))
    dead = claim()
    first, second, _ = working._batches(dead, [])
    stage(dead, first)
    assert work_one() is False  # the lease holds
    CsvImport.objects.update(lease_until=LONG_AGO)
    assert work_one() is True
    with pytest.raises(working.LeaseLost):
        stage(dead, second)
    working._fail(dead, "late news of a dead worker")
    queued.refresh_from_db()
    assert (queued.status, queued.attempts, queued.imported, queued.error) == ("done", 2, 120, "")
    assert (Brand.objects.count(), get_token_balance(alice.pk)) == (120, 378)


def test_an_import_over_which_every_worker_dies_is_given_up(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    CsvImport.objects.update(status="running", attempts=5, lease_until=LONG_AGO)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.error) == ("failed", "The import was interrupted repeatedly. Start it again.")
    assert (get_token_balance(alice.pk), read_wallet(alice.pk).held) == (100, 0)


def test_a_worker_that_is_asked_to_end_leaves_the_import_to_the_next_one_at_once(alice):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(3))
    jobs.stopping.set()
    try:
        work_one()
    finally:
        jobs.stopping.clear()
    assert (CsvImport.objects.get().status, Brand.objects.count()) == ("queued", 0)
    assert work_one() is True
    queued.refresh_from_db()
    assert (queued.status, queued.imported) == ("done", 3)


def test_imports_of_several_users_are_worked_in_the_order_they_came(alice, bob):
    first, second = queue(alice, csv_with(2)), queue(bob, csv_with(2))
    work_one()
    assert CsvImport.objects.get(pk=first.pk).status == "done"
    work(claim())
    assert CsvImport.objects.get(pk=second.pk).status == "done"


def test_what_is_alices_is_unknown_to_bob(alice, bob):
    with pytest.raises(UnknownImport):
        find(bob.pk, save_quote(alice.pk, csv_with(1)).pk)


def test_a_file_that_is_none_is_not_kept(alice):
    with pytest.raises(BadFile):
        save_quote(alice.pk, b"\x00")
    assert CsvImport.objects.count() == 0


def test_quotes_that_nobody_started_are_forgotten_after_a_day(alice):
    old, started = save_quote(alice.pk, csv_with(1)), queue(alice, csv_with(2))
    CsvImport.objects.update(created_at=LONG_AGO)
    fresh = save_quote(alice.pk, csv_with(3))
    assert forget_old_quotes() == 1
    assert set(CsvImport.objects.values_list("pk", flat=True)) == {started.pk, fresh.pk}
    assert not CsvImport.objects.filter(pk=old.pk).exists()
    assert quote_of(fresh).counts["new"] == 3


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


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_imports_at_once_at_the_free_limit_with_tokens_for_three(alice):
    free_ones(alice, 10)
    make_lot(alice, tokens=9, paid_cents=90)
    outcomes = at_once(lambda number: start_file(alice.pk, csv_of(f"new{number}.com")).status)
    assert sorted(str(outcome) for outcome in outcomes) == [
        *["Buy tokens or upgrade subscription"] * 5,
        *["queued"] * 3,
    ]
    assert at_once(lambda _: work_one()).count(True) <= 3
    while work_one():
        pass
    assert list(CsvImport.objects.values_list("status", "imported", "tokens_spent")) == [("done", 1, 3)] * 3
    assert (len(domains_of(alice)), Wallet.objects.get().balance, Brand.objects.filter(is_staged=True).count()) == (
        13,
        0,
        0,
    )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_import_a_file_once(alice):
    simulate_token_purchase(alice.pk, "pro")
    queued = queue(alice, csv_with(120))
    assert sorted(at_once(lambda _: work_one())) == [False] * 7 + [True]
    queued.refresh_from_db()
    assert (queued.status, queued.attempts, queued.imported, get_token_balance(alice.pk)) == ("done", 1, 120, 378)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_files_with_the_same_domains_worked_at_once_import_and_charge_each_domain_once(alice):
    simulate_token_purchase(alice.pk, "premium")
    for first, end in ((0, 30), (15, 45), (0, 120), (40, 130)):
        queue(alice, csv_of(*(f"new{number}.com" for number in range(first, end))))
    while any(at_once(lambda _: work_one())):
        pass
    done = CsvImport.objects.filter(status="done")
    assert (done.count(), sum(done.values_list("imported", flat=True)), len(domains_of(alice))) == (4, 130, 130)
    spent = sum(done.values_list("tokens_spent", flat=True))
    fees = 2 * done.filter(imported__gt=0).count()
    assert (spent, get_token_balance(alice.pk), read_wallet(alice.pk).held) == (130 + fees, 1000 - 130 - fees, 0)
    assert Brand.objects.filter(is_staged=True).count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_starts_of_one_quote_at_once_hold_once(alice):
    simulate_token_purchase(alice.pk, "pro")
    quoted = save_quote(alice.pk, csv_with(30))
    assert at_once(lambda _: start(quoted).status) == ["queued"] * 8
    assert (read_wallet(alice.pk).held, TokenUsage.objects.count()) == (32, 2)
