"""The review of an import says what every token is for, by the figures of its own quote."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.bulk_import.explained import parts_of, skipped_in_words, total_of
from brands.bulk_import.quote import Quote
from brands.bulk_import.rows import Row, Verdict
from brands.bulk_import.start import save_quote
from brands.testing.csv_files import csv_of, csv_with
from brands.testing.csv_pages import page_of, words
from brands.testing.rows import free_ones
from memberships.current import CurrentMembership
from memberships.models import Membership, Plan
from memberships.payer import Payer, Price, who_pays
from tokens.models import ActionCost, Wallet
from tokens.spending.own_limits import set_limits
from tokens.testing.ledger_rows import make_lot

USUAL = Price(1, 2)
PLANS = {key: Plan(key=key, name=key, domain_limit=limit) for key, limit in (("free", 10), ("pro", 50))}


def quoted(*, tier="free", first="tokens_first", tokens=0, units=1, used=0, price=USUAL, skipped=()):
    mine = CurrentMembership(
        user_id=1, plan=PLANS[tier], subscribed=PLANS[tier], free_limit=10, status="active", payment_order=first
    )
    payment = who_pays(mine, Wallet(balance=tokens), units=units, domains_used=used, price=price)
    verdicts = [*[Verdict.NEW] * units, *skipped]
    rows = [Row(line, verdict=verdict, given="x") for line, verdict in enumerate(verdicts, start=2)]
    return Quote(rows, (), "", price, payment)


def said(**given):
    return ", ".join(f"{tokens} {what}" for tokens, what in parts_of(quoted(**given)))


@pytest.mark.parametrize(
    ("given", "explained"),
    [
        ({"tokens": 100, "units": 11}, "2 for the file, 11 for 11 domains, because tokens pay first"),
        ({"tokens": 100, "units": 1}, "2 for the file, 1 for 1 domain, because tokens pay first"),
        (
            {"tokens": 100, "units": 15, "tier": "pro", "used": 46, "first": "membership_first"},
            "2 for the file, 11 for 11 domains beyond your plan",
        ),
        (
            {"tokens": 100, "units": 3, "used": 9, "first": "membership_first"},
            "2 for the file, 2 for 2 domains beyond the free plan",
        ),
        ({"units": 3, "tier": "pro", "first": "membership_first"}, ""),
        ({"units": 3}, ""),
        (
            {"tokens": 8, "units": 11, "tier": "pro"},
            "2 for the file, 6 for 6 domains, because tokens pay first",
        ),
        (
            {"tokens": 100, "units": 4, "price": Price(3, 2)},
            "2 for the file, 12 for 4 domains at 3 each, because tokens pay first",
        ),
        ({"tokens": 100, "units": 4, "price": Price(1)}, "4 for 4 domains, because tokens pay first"),
        (
            {"tokens": 3, "units": 5, "used": 10},
            "2 for the file, 5 for 5 domains, because tokens pay first and the free plan doesn't cover all of them",
        ),
        (
            {"tokens": 3, "units": 5, "tier": "pro", "used": 48, "first": "membership_first"},
            "2 for the file, 3 for 3 domains beyond your plan",
        ),
    ],
)
def test_each_part_says_what_it_is_for(given, explained):
    assert said(**given) == explained


@given(
    tier=st.sampled_from(["free", "pro"]),
    first=st.sampled_from(Membership.PaymentOrder.values),
    tokens=st.integers(0, 80),
    units=st.integers(1, 60),
    used=st.integers(0, 60),
    price=st.builds(Price, each=st.integers(1, 4), fee=st.integers(0, 3)),
)
def test_the_parts_add_up_to_the_total_and_count_the_domains_of_the_quote(tier, first, tokens, units, used, price):
    quote = quoted(tier=tier, first=first, tokens=tokens, units=units, used=used, price=price)
    parts = parts_of(quote)
    assert sum(part.tokens for part in parts) == total_of(quote)
    assert all(part.tokens > 0 for part in parts)
    if quote.is_payable and parts:
        assert f"for {quote.payment.counts[Payer.TOKENS]} domain" in parts[-1].what
        assert parts[-1].tokens == quote.payment.counts[Payer.TOKENS] * price.each
    if not quote.is_payable:
        assert total_of(quote) == quote.payment.required


@pytest.mark.parametrize(
    ("skipped", "sentence"),
    [
        ((), ""),
        ((Verdict.INVALID,), "1 row is skipped and costs nothing: 1 invalid."),
        (
            (Verdict.DUPLICATE, Verdict.INVALID, Verdict.DUPLICATE, Verdict.ALREADY_YOURS),
            "4 rows are skipped and cost nothing: 2 duplicates, 1 already yours, 1 invalid.",
        ),
    ],
)
def test_skipped_rows_are_said_to_cost_nothing(skipped, sentence):
    assert skipped_in_words(quoted(skipped=skipped)) == sentence


@pytest.mark.django_db
def test_a_member_whose_plan_pays_first_reads_what_lies_beyond_it(alice_page, alice):
    make_lot(alice, tokens=40)
    Membership.objects.create(user=alice, tier_id="pro", payment_order="membership_first")
    free_ones(alice, 46)
    data = csv_with(15) + b"\nnas.local\nfree0.com\n"
    answer = page_of(alice_page, save_quote(alice.pk, data))
    said = words(answer)
    assert "Paid in tokens 13 tokens (2 for the file, 11 for 11 domains beyond your plan)" in said
    assert "Paid by your membership 4 domains" in said
    assert "2 rows are skipped and cost nothing: 1 already yours, 1 invalid." in said
    assert "Import 15 domains for 13 tokens" in said
    total, *parts = map(int, re.findall(r"(\d+) (?:tokens \(|for )", said.partition("Paid in tokens ")[2])[:3])
    assert total == sum(parts)


@pytest.mark.django_db
def test_prices_that_staff_changed_are_those_of_the_explanation(alice_page, alice):
    make_lot(alice, tokens=40)
    ActionCost.objects.filter(key="import_domain").update(tokens=3)
    ActionCost.objects.filter(key="csv_import").update(tokens=7)
    said = words(page_of(alice_page, save_quote(alice.pk, csv_with(2))))
    assert "13 tokens (7 for the file, 6 for 2 domains at 3 each, because tokens pay first)" in said


@pytest.mark.django_db
def test_a_file_that_the_free_plan_pays_costs_no_fee(alice_page, alice):
    said = words(page_of(alice_page, save_quote(alice.pk, csv_of("ocean.com"))))
    assert "No domain is paid in tokens, so the file costs nothing either." in said
    assert "Paid in tokens" not in said


@pytest.mark.django_db
def test_who_is_kept_by_their_own_limit_reads_of_it_and_not_of_packs(alice_page, alice):
    make_lot(alice, tokens=40)
    free_ones(alice, 10)
    set_limits(alice.pk, {"day": 4}, is_proven=False)
    said = words(page_of(alice_page, save_quote(alice.pk, csv_with(3))))
    assert "Tokens needed 5 tokens (2 for the file, 3 for 3 domains, because tokens pay first and the free plan" in said
    assert "more than your daily limit of 4" in said
    assert ("Change your limits" in said, "Buy tokens" in said, "0 tokens short" in said) == (True, False, False)
