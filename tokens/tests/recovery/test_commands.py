import re

import pytest
from django.core.management import CommandError, call_command

from tokens.ledger.wallet import get_token_balance
from tokens.models import Grant, LedgerEntry, Purchase, Wallet
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


def test_the_demonstration_prints_the_guides_lines_and_keeps_nothing(capsys, django_user_model):
    call_command("token_demo")
    printed = capsys.readouterr().out
    for line in (
        "Starter Pack: 100 tokens for $10.00",
        "Pro Pack ⭐ POPULAR: 500 tokens for $40.00",
        "Premium Pack: 1000 tokens for $70.00",
        "Current Balance: 0 tokens",
    ):
        assert line in printed
    assert re.search(r"User \d+ spent 1 tokens for import_domain. Balance: 499", printed)
    assert not django_user_model.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_check_ledger_says_that_the_books_are_right(alice, capsys):
    simulate_token_purchase(alice.pk, "pro")
    call_command("check_ledger")
    assert capsys.readouterr().out == "The ledger is correct: 1 wallet, 1 entry.\n"


@pytest.mark.breaks_the_books
def test_check_ledger_fails_and_names_what_is_wrong(alice, capsys):
    simulate_token_purchase(alice.pk, "pro")
    Wallet.objects.update(balance=1)
    with pytest.raises(CommandError, match="disagrees in 1 place"):
        call_command("check_ledger")
    wrong = f"Wallet of user {alice.pk}: balance 1 (unposted 0, debt 0), but entries sum to 500, lots to 500."
    assert wrong in capsys.readouterr().out


def test_the_sweep_prints_one_line(capsys):
    call_command("sweep")
    assert capsys.readouterr().out.count("\n") == 1


def test_a_simulated_purchase_is_marked_and_credited(alice):
    purchase = simulate_token_purchase(alice.pk, "pro")
    assert (purchase.is_simulated, purchase.status, get_token_balance(alice.pk)) == (True, "completed", 500)


def test_nothing_is_simulated_beside_a_live_key(alice, settings):
    from tokens.errors import LiveAccountRefused

    settings.STRIPE_SECRET_KEY = "sk_live_x"
    with pytest.raises(LiveAccountRefused):
        simulate_token_purchase(alice.pk, "pro")
    assert not Purchase.objects.exists()


def test_the_functions_for_developers_are_in_one_place(alice):
    from soulfra.developer import get_token_balance, simulate_token_purchase, spend_tokens

    simulate_token_purchase(alice.pk, "pro")
    assert spend_tokens(alice.pk, "import_domain", {"domain": "x.com"}) is True
    assert get_token_balance(alice.pk) == 499


def test_developers_grant_tokens_with_a_reason_that_stays(alice):
    from soulfra.developer import grant_tokens

    assert (grant_tokens(alice.pk, 25, " Beta tester "), grant_tokens(alice.pk, 5, "Again")) == (25, 30)
    assert list(Grant.objects.values_list("user", "kind", "tokens", "reason", "by").order_by("id")) == [
        (alice.pk, "grant", 25, "Beta tester", None),
        (alice.pk, "grant", 5, "Again", None),
    ]


@pytest.mark.parametrize(
    ("tokens", "reason", "why"),
    [
        (0, "Beta", "whole number of tokens from 1 to 1,000,000 (got 0)"),
        (-5, "Beta", "(got -5)"),
        (True, "Beta", "(got True)"),
        ("5", "Beta", "(got '5')"),
        (2.5, "Beta", "(got 2.5)"),
        (1_000_001, "Beta", "(got 1000001)"),
        (5, " ", "Say in up to 500 characters why"),
        (5, "x" * 501, "Say in up to 500 characters why"),
    ],
)
def test_a_grant_that_cannot_be_meant_is_a_sentence_and_grants_nothing(alice, tokens, reason, why):
    from soulfra.developer import grant_tokens

    with pytest.raises(ValueError, match=re.escape(why)):
        grant_tokens(alice.pk, tokens, reason)
    with pytest.raises(ValueError, match=r"No user has the id 999999\."):
        grant_tokens(999999, 5, "Beta")
    assert not Grant.objects.exists()
