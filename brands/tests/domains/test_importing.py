"""One domain, and what pays for it, together or not at all."""

import pytest

from brands.errors import BadChoice, BadDomain
from brands.importing import import_domain, quote_import
from brands.models import Brand
from brands.testing.rows import free_ones
from memberships.errors import NothingPays
from memberships.models import Membership
from memberships.testing.members import has_room
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import hold
from tokens.testing.ledger_rows import make_lot
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


def said(user, domain, **details):
    found = import_domain(user.pk, domain, details=details)
    return found.paid_by, found.tokens_spent, found.balance


def test_tokens_pay_first_and_the_usage_names_the_domain(alice):
    simulate_token_purchase(alice.pk, "starter")
    assert said(alice, "ocean.com") == ("tokens", 1, 99)
    brand, usage = Brand.objects.get(), TokenUsage.objects.get()
    assert (brand.domain, brand.name, brand.slug, brand.tier, brand.paid_by) == (
        "ocean.com",
        "Ocean",
        "ocean",
        "foundation",
        "tokens",
    )
    assert (usage.action, usage.tokens_spent, usage.metadata) == ("import_domain", 1, {"domain": "ocean.com"})


def test_importing_what_one_has_already_costs_nothing(alice):
    simulate_token_purchase(alice.pk, "starter")
    said(alice, "ocean.com")
    assert said(alice, "https://www.OCEAN.com/") == ("already_yours", 0, 99)
    assert Brand.objects.count() == 1


def test_the_same_domain_may_be_another_users_too(alice, bob):
    assert (said(alice, "ocean.com"), said(bob, "ocean.com")) == (("free", 0, 0), ("free", 0, 0))


def test_the_free_plan_carries_ten_and_then_nothing_pays(alice):
    free_ones(alice, 9)
    assert said(alice, "tenth.com") == ("free", 0, 0)
    with pytest.raises(NothingPays, match="Buy tokens or upgrade subscription"):
        said(alice, "eleventh.com")
    assert Brand.objects.count() == 10
    simulate_token_purchase(alice.pk, "starter")
    assert said(alice, "eleventh.com") == ("tokens", 1, 99)


def test_a_pro_member_who_chose_membership_first_imports_beyond_ten_without_tokens(alice):
    simulate_token_purchase(alice.pk, "starter")
    Membership.objects.create(user=alice, tier_id="pro", payment_order="membership_first")
    free_ones(alice, 10)
    assert said(alice, "eleventh.com") == ("membership", 0, 100)
    assert (has_room(alice, 39), has_room(alice, 40)) == (True, False)


def test_deleting_one_frees_a_place(alice):
    free_ones(alice, 10)
    Brand.objects.filter(domain="free0.com").delete()
    assert said(alice, "again.com") == ("free", 0, 0)


def test_details_are_kept_and_bad_ones_refused_before_anything_is_charged(alice):
    simulate_token_purchase(alice.pk, "starter")
    said(alice, "ocean.com", name="Ocean Dreams", category="Tech", tier="creative", brand_type="blog", is_test="yes")
    brand = Brand.objects.get()
    assert (brand.name, brand.slug, brand.category_id, brand.tier, brand.brand_type, brand.is_test) == (
        "Ocean Dreams",
        "ocean-dreams",
        "tech",
        "creative",
        "blog",
        True,
    )
    with pytest.raises(BadChoice, match=r"Unknown category “fishing”\. Use: cooking"):
        said(alice, "sea.com", category="fishing")
    with pytest.raises(BadChoice, match="at most 120"):
        said(alice, "sea.com", name="x" * 121)
    with pytest.raises(BadDomain):
        said(alice, "localhost")
    assert (get_token_balance(alice.pk), Brand.objects.count()) == (99, 1)


def test_held_and_frozen_tokens_do_not_pay(alice):
    make_lot(alice, tokens=10)
    hold(alice, "data_export")
    assert quote_import(alice.pk).payers == ("free",)
    assert said(alice, "ocean.com") == ("free", 0, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_failure_after_the_spend_gives_everything_back(alice, monkeypatch):
    simulate_token_purchase(alice.pk, "starter")
    monkeypatch.setattr(Brand.objects, "create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        said(alice, "ocean.com")
    assert (get_token_balance(alice.pk), TokenUsage.objects.count()) == (100, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_imports_at_once_at_the_free_limit_with_tokens_for_three(alice):
    free_ones(alice, 10)
    make_lot(alice, tokens=3, paid_cents=30)
    outcomes = at_once(lambda number: import_domain(alice.pk, f"new{number}.com"))
    assert sum(isinstance(outcome, NothingPays) for outcome in outcomes) == 5
    assert (Brand.objects.count(), Wallet.objects.get().balance, TokenUsage.objects.count()) == (13, 0, 3)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_domain_eight_times_at_once_is_one_brand_and_one_charge(alice):
    simulate_token_purchase(alice.pk, "starter")
    outcomes = at_once(lambda _: import_domain(alice.pk, "ocean.com").paid_by)
    assert sorted(outcomes) == ["already_yours"] * 7 + ["tokens"]
    assert get_token_balance(alice.pk) == 99


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_free_imports_at_once_stop_at_the_limit(alice):
    free_ones(alice, 7)
    outcomes = at_once(lambda number: import_domain(alice.pk, f"new{number}.com"))
    assert sum(isinstance(outcome, NothingPays) for outcome in outcomes) == 5
    assert Brand.objects.count() == 10
