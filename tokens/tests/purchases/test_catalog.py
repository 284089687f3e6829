import threading

import pytest
from django.db import connection

from tokens.catalog import get_catalog
from tokens.errors import UnknownAction, UnknownPackage
from tokens.models import ActionCost, TokenPackage
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


def test_the_shop_opens_with_the_three_packs():
    packs = [
        (pack.key, pack.name, pack.tokens, pack.price_cents, pack.per_token, pack.savings_percent, pack.is_popular)
        for pack in get_catalog().packages.values()
    ]
    assert packs == [
        ("starter", "Starter Pack", 100, 1000, "$0.10", 0, False),
        ("pro", "Pro Pack", 500, 4000, "$0.08", 20, True),
        ("premium", "Premium Pack", 1000, 7000, "$0.07", 30, False),
    ]


def test_the_shop_opens_with_the_four_costs():
    costs = {key: cost.tokens for key, cost in get_catalog().costs.items()}
    assert costs == {"import_domain": 1, "ai_analysis": 5, "csv_import": 2, "data_export": 10}


def test_savings_follow_the_dearest_active_price():
    TokenPackage.objects.filter(key="starter").update(is_active=False)
    savings = {pack.key: pack.savings_percent for pack in get_catalog().packages.values()}
    assert savings == {"pro": 0, "premium": 12}


def test_a_saved_price_is_seen_at_once():
    assert get_catalog().package("pro").price_cents == 4000
    package = TokenPackage.objects.get(key="pro")
    package.price_cents = 4500
    package.save()
    assert get_catalog().package("pro").price_cents == 4500


def test_a_change_of_one_field_is_seen_at_once():
    assert get_catalog().package("pro").price_cents == 4000
    package = TokenPackage.objects.get(key="pro")
    package.price_cents = 7777
    package.save(update_fields=["price_cents"])
    assert get_catalog().package("pro").price_cents == 7777


def test_a_bulk_change_of_costs_is_seen_at_once():
    assert get_catalog().cost("ai_analysis").tokens == 5
    ActionCost.objects.filter(key="ai_analysis").update(tokens=7)
    assert get_catalog().cost("ai_analysis").tokens == 7


def test_a_deleted_package_is_gone_at_once():
    assert "starter" in get_catalog().packages
    TokenPackage.objects.get(key="starter").delete()
    assert "starter" not in get_catalog().packages


@pytest.mark.django_db(transaction=True)
def test_a_price_changed_through_another_connection_is_seen_at_once():
    assert get_catalog().package("pro").price_cents == 4000

    def change():
        TokenPackage.objects.filter(key="pro").update(price_cents=4100)
        connection.close()

    elsewhere = threading.Thread(target=change)
    elsewhere.start()
    elsewhere.join()
    assert get_catalog().package("pro").price_cents == 4100


def test_an_unchanged_catalogue_costs_one_statement(django_assert_num_queries):
    get_catalog()
    with django_assert_num_queries(1):
        get_catalog()


def test_a_price_change_leaves_what_was_bought_as_it_was(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    TokenPackage.objects.filter(key="pro").update(price_cents=9900, tokens=1, name="Renamed")
    purchase.refresh_from_db()
    assert (purchase.amount_cents, purchase.tokens, purchase.description) == (4000, 500, "Pro Pack: 500 tokens")


def test_an_unknown_package_names_the_known_ones():
    with pytest.raises(UnknownPackage, match="Use: starter, pro, premium"):
        get_catalog().package("gold")


def test_an_unknown_action_names_the_known_ones():
    with pytest.raises(UnknownAction, match="Use: import_domain, ai_analysis, csv_import, data_export"):
        get_catalog().cost("fly")


@pytest.mark.parametrize(("shortfall", "key"), [(1, "starter"), (100, "starter"), (101, "pro"), (1000, "premium")])
def test_the_smallest_package_that_covers_a_shortfall(shortfall, key):
    package = get_catalog().smallest_package_for(shortfall)
    assert package is not None
    assert package.key == key


def test_no_single_package_covers_a_very_large_shortfall():
    assert get_catalog().smallest_package_for(1001) is None
