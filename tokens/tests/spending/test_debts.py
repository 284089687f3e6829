"""Spending while tokens are owed."""

import pytest

from tokens.errors import InsufficientTokens
from tokens.ledger.wallet import read_wallet
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.refunds import refund
from tokens.spending.quote import quote
from tokens.spending.spends import spend
from tokens.testing.buying import spend_tokens_of
from tokens.testing.reversal_rows import dispute
from tokens.testing.reversal_rows import refund as row_of_refund

pytestmark = pytest.mark.django_db


def test_the_smallest_package_covers_the_debt_too(alice, bought):
    for _ in range(50):
        spend(alice, "data_export")
    refund(bought, amount_cents=1600, reason="goodwill", by=None, beyond_offer=True)
    found = quote(alice.pk, [("data_export", 1)])
    assert found.smallest_package is not None
    assert (found.balance, found.shortfall, found.smallest_package.key) == (-200, 210, "pro")
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "data_export")
    assert refused.value.shortfall == 210


def test_a_debt_is_owed_in_full_while_there_are_frozen_tokens(alice):
    refunded, frozen = simulate_token_purchase(alice.pk, "pro"), simulate_token_purchase(alice.pk, "starter")
    spend_tokens_of(alice, 200)
    dispute(frozen)
    row_of_refund(refunded, 4000)
    wallet = read_wallet(alice.pk)
    assert (wallet.balance, wallet.frozen, wallet.available, wallet.owed) == (-100, 100, 0, 200)
    assert quote(alice.pk, [("data_export", 1)]).shortfall == 210
    with pytest.raises(InsufficientTokens) as refused:
        spend(alice, "data_export")
    assert (refused.value.shortfall, "you owe 200" in str(refused.value)) == (210, True)
