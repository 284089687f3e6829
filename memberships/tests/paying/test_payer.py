"""Tokens or membership: who pays, per unit, in the order the user prefers."""

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from devtools.testing.examples import tries
from memberships.current import CurrentMembership, get_membership
from memberships.errors import NothingPays
from memberships.models import Membership, Plan
from memberships.payer import Payer, Price, who_pays
from tokens.errors import LimitReached
from tokens.models import Wallet

T, M, F = Payer.TOKENS, Payer.MEMBERSHIP, Payer.FREE
ONE, CSV = Price(each=1), Price(each=1, fee=2)

pytestmark = pytest.mark.django_db


def membership(tier="free", *, first="tokens_first"):
    plans = Plan.objects.in_bulk()
    return CurrentMembership(1, plans[tier], plans[tier], 10, "active", payment_order=first)


def payers(tier, tokens, *, used=0, units=1, first="tokens_first", price=ONE):
    found = who_pays(membership(tier, first=first), Wallet(balance=tokens), units=units, domains_used=used, price=price)
    return list(found.payers), found.tokens


@pytest.mark.parametrize("tokens", [5, 100])
def test_a_limit_that_is_reached_stands_before_what_is_short(tokens):
    now = timezone.now()
    counted = {"day_limit": 5, "spent_in_day": 5, "spent_in_month": 5, "spent_on": now.date(), "updated_at": now}
    payment = who_pays(membership(), Wallet(balance=tokens, **counted), units=10, domains_used=10, price=ONE)
    assert payment.unpaid == 10
    with pytest.raises(LimitReached):
        payment.require()


@pytest.mark.parametrize(
    ("tier", "tokens", "used", "payer"),
    [
        ("free", 1, 0, T),
        ("free", 0, 9, F),
        ("free", 0, 10, None),
        ("pro", 1, 0, T),
        ("pro", 0, 0, M),
        ("pro", 0, 49, M),
        ("pro", 0, 50, None),
        ("premium", 0, 10_000, M),
        ("free", 1, 500, T),
    ],
)
def test_tokens_first_then_membership_then_the_free_plan(tier, tokens, used, payer):
    assert payers(tier, tokens, used=used)[0] == [payer]


@pytest.mark.parametrize(
    ("tier", "tokens", "used", "payer"),
    [
        ("free", 5, 0, F),
        ("free", 5, 10, T),
        ("free", 0, 10, None),
        ("pro", 5, 0, M),
        ("pro", 5, 50, T),
        ("premium", 5, 10_000, M),
    ],
)
def test_membership_first_then_the_free_plan_then_tokens(tier, tokens, used, payer):
    assert payers(tier, tokens, used=used, first="membership_first")[0] == [payer]


def test_the_payer_is_decided_row_by_row_and_every_domain_counts():
    assert payers("free", 3, used=6, units=9) == ([T] * 3 + [F] + [None] * 5, 3)
    assert payers("pro", 2, used=48, units=4, first="membership_first") == ([M, M, T, T], 2)


def test_the_fee_of_a_file_is_paid_once_and_only_if_a_row_is_paid_in_tokens():
    assert payers("pro", 0, units=3, price=CSV) == ([M] * 3, 0)
    assert payers("pro", 2, units=3, price=CSV) == ([M] * 3, 0)
    assert payers("pro", 4, units=3, price=CSV) == ([T, T, M], 4)
    assert payers("free", 102, units=100, price=CSV) == ([T] * 100, 102)


def test_what_is_short_counts_the_fee_that_would_be_due():
    found = who_pays(membership(), Wallet(balance=1), units=12, domains_used=0, price=CSV)
    assert (list(found.payers), found.unpaid, found.required, found.shortfall) == ([F] * 10 + [None] * 2, 2, 14, 13)
    with pytest.raises(NothingPays, match="Buy tokens or upgrade subscription") as refused:
        found.require()
    assert (refused.value.required, refused.value.available, refused.value.shortfall) == (14, 1, 13)


def test_frozen_tokens_do_not_pay():
    found = who_pays(membership(), Wallet(balance=5, frozen=5), units=1, domains_used=10, price=ONE)
    assert found.payers == (None,)


def test_counts_say_how_many_each_source_pays():
    found = who_pays(membership(), Wallet(balance=2), units=4, domains_used=0, price=ONE)
    assert found.counts == {T: 2, F: 2}
    assert found.require() is found


def test_someone_without_a_row_is_on_free_and_tokens_first(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = get_membership(alice.pk)
    assert (found.tier, found.status, found.domains_limit, found.payment_order, found.is_billed) == (
        "free",
        "active",
        10,
        "tokens_first",
        False,
    )
    assert not Membership.objects.exists()


@settings(max_examples=tries(100))
@given(
    tier=st.sampled_from(["free", "pro", "premium"]),
    first=st.sampled_from(["tokens_first", "membership_first"]),
    tokens=st.integers(0, 120),
    used=st.integers(0, 60),
    units=st.integers(1, 110),
    fee=st.integers(0, 2),
)
def test_whoever_has_what_is_required_is_short_of_nothing(tier, first, tokens, used, units, fee):
    mine, price = a_membership(tier, first), Price(each=1, fee=fee)
    found = who_pays(mine, Wallet(balance=tokens), units=units, domains_used=used, price=price)
    if found.unpaid:
        enough = who_pays(mine, Wallet(balance=found.required), units=units, domains_used=used, price=price)
        assert (enough.unpaid, enough.tokens <= found.required) == (0, True)
    else:
        assert found.tokens <= tokens


def a_membership(tier, first):
    limits = {"free": 10, "pro": 50, "premium": None}
    plan = Plan(key=tier, domain_limit=limits[tier])
    return CurrentMembership(1, plan, plan, 10, "active", payment_order=first)
