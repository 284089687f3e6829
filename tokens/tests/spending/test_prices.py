"""The price of a spend is the catalogue's at the moment it is charged, and quantities multiply it."""

import pytest

from tokens import catalog
from tokens.catalog import get_catalog, last_catalog
from tokens.errors import InsufficientTokens, UnknownAction
from tokens.ledger.wallet import get_token_balance
from tokens.models import ActionCost, TokenUsage
from tokens.reports.customer_totals import usage_breakdown
from tokens.spending.spends import spend, spend_many
from tokens.testing.ledger_rows import assert_books_are_right, make_lot, post
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db
OUTSIDE = pytest.param(False, marks=pytest.mark.django_db(transaction=True), id="outside a transaction")
INSIDE = pytest.param(True, id="inside a transaction")


@pytest.fixture
def stale(alice):
    """What this process read of the catalogue is older than what another has changed since."""
    make_lot(alice, tokens=100)
    get_catalog()
    ActionCost.objects.filter(key="ai_analysis").update(tokens=7)
    ActionCost.objects.filter(key="data_export").update(tokens=3)
    ActionCost.objects.filter(key="import_domain").delete()
    ActionCost.objects.create(key="fly", label="Fly", tokens=20, position=9)
    known = last_catalog().costs
    assert (known["ai_analysis"].tokens, known["data_export"].tokens, "fly" in known) == (5, 10, False)


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_price_that_somebody_changed_is_charged_at_once(alice, stale, is_inside):
    assert spend(alice, "ai_analysis").tokens_spent == 7
    assert spend(alice, "data_export", quantity=2).tokens_spent == 6
    assert spend(alice, "fly").balance_after == 67
    with pytest.raises(UnknownAction):
        spend(alice, "import_domain")
    assert [usage.number for usage in TokenUsage.objects.order_by("number")] == [1, 2, 3]
    assert_books_are_right()


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_many_are_charged_the_prices_of_now_or_none_is(alice, stale, is_inside):
    usages = spend_many(alice, [("csv_import", {}), ("ai_analysis", {}), ("fly", {})])
    assert [usage.balance_after for usage in usages] == [98, 91, 71]
    with pytest.raises(UnknownAction):
        spend_many(alice, [("csv_import", {}), ("import_domain", {})])
    assert get_token_balance(alice.pk) == 71


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_price_that_was_lowered_lets_a_poor_wallet_spend(alice, stale, is_inside):
    spend_many(alice, [("ai_analysis", {})] * 13)
    assert get_token_balance(alice.pk) == 9
    assert spend(alice, "data_export").balance_after == 6


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_refusal_says_the_price_of_now(alice, stale, is_inside):
    spend_many(alice, [("ai_analysis", {})] * 13)
    ActionCost.objects.filter(key="csv_import").update(tokens=40)
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "csv_import")
    assert (refused.value.required, refused.value.available) == (40, 9)


@pytest.mark.django_db(transaction=True)
def test_a_price_changed_while_spends_are_under_way_is_charged_as_it_was_or_is(alice):
    make_lot(alice, tokens=1000)
    get_catalog()

    def live(number):
        for turn in range(5):
            if number == 0:
                ActionCost.objects.filter(key="csv_import").update(tokens=3 + turn)
            else:
                spend(alice.pk, "csv_import", idempotency_key=f"{number} {turn}")

    assert at_once(live, times=4) == [None] * 4
    assert set(TokenUsage.objects.values_list("tokens_spent", flat=True)) <= {2, 3, 4, 5, 6, 7}
    assert spend(alice, "csv_import").tokens_spent == 7
    assert_books_are_right()


# --- quantities --------------------------------------------------------------------------


@pytest.mark.parametrize("is_inside", [OUTSIDE, INSIDE])
def test_a_quantity_multiplies_the_price_and_counts_as_so_many(alice, is_inside):
    make_lot(alice, tokens=100)
    usage = spend(alice, "ai_analysis", quantity=3)
    usage.refresh_from_db()
    assert (usage.quantity, usage.tokens_spent, usage.balance_after, usage.number) == (3, 15, 85, 1)
    spend(alice, "ai_analysis")
    for _ in range(2):  # before and after posting
        (total,) = usage_breakdown(alice.pk)
        assert (total.tokens, total.count) == (20, 4)
        post(alice)
    assert_books_are_right()


def test_a_quantity_is_all_or_none(alice):
    make_lot(alice, tokens=14)
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "ai_analysis", quantity=3)
    assert (refused.value.required, get_token_balance(alice.pk)) == (15, 14)


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_that_cannot_be_is_refused(alice, quantity):
    make_lot(alice, tokens=100)
    with pytest.raises(ValueError, match="at least one action"):
        spend(alice, "ai_analysis", quantity=quantity)
    assert not TokenUsage.objects.exists()


def test_a_quantity_beyond_what_is_kept_is_refused_like_any_that_costs_too_much(alice):
    make_lot(alice, tokens=100)
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "ai_analysis", quantity=2**31)
    assert refused.value.required == 5 * 2**31


def test_a_process_that_has_read_no_catalogue_reads_it(alice, monkeypatch):
    monkeypatch.setattr(catalog, "_kept", ([], catalog.Catalog({}, {})))
    make_lot(alice, tokens=100)
    assert spend(alice, "ai_analysis").tokens_spent == 5
