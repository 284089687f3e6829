"""What happens elsewhere while an import waits or is worked: domains come and go, tokens are spent, categories end."""

import pytest
from django.db.models import Count
from django.urls import reverse

from brands.bulk_import import work as working
from brands.bulk_import.start import start_file
from brands.bulk_import.work import work_one
from brands.importing import import_domain, quote_import
from brands.models import Brand, Category, CsvImport
from brands.testing.csv_files import claim, csv_with, queue, stage
from brands.testing.rows import domains_of
from memberships.errors import NothingPays
from memberships.models import Membership
from memberships.testing.members import has_room
from tokens.ledger.wallet import get_token_balance, read_wallet
from tokens.models import TokenUsage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, release
from tokens.spending.spends import spend_tokens
from tokens.testing.ledger_rows import make_lot

pytestmark = pytest.mark.django_db
LONG_AGO = "2026-01-01T00:00Z"


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


def test_a_category_that_is_removed_meanwhile_fails_the_import_as_a_whole(alice):
    simulate_token_purchase(alice.pk, "starter")
    Category.objects.create(key="fishing", name="Fishing", position=99)
    queued = queue(alice, b"domain,category\nocean.com,fishing\nsea.com,\n")
    Category.objects.filter(key="fishing").delete()
    work_one()
    queued.refresh_from_db()
    assert (queued.status, Brand.objects.count(), get_token_balance(alice.pk)) == ("failed", 0, 100)
    assert queued.error == "Rows that were new are no longer valid: a category may have been removed. Send it again."


def test_tokens_that_their_owner_captured_himself_are_not_said_to_be_back(alice, alice_page):
    simulate_token_purchase(alice.pk, "starter")
    queued = queue(alice, csv_with(2))
    capture(queued.hold)
    work_one()
    queued.refresh_from_db()
    assert (queued.status, queued.tokens_spent, get_token_balance(alice.pk)) == ("failed", 2, 98)
    assert queued.error == "The tokens on hold for this import were captured in the meantime. Start again."
    said = " ".join(alice_page.get(reverse("brands:csv_import", args=[queued.pk])).text.split())
    assert ("Nothing was charged" in said, "2 tokens on hold had already been captured" in said) == (False, True)
