import re

import pytest
from django.core.management import CommandError, call_command

from tokens.ledger.wallet import get_token_balance
from tokens.models import LedgerEntry, Purchase, Wallet
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
    with pytest.raises(CommandError, match="does not agree in 1 places"):
        call_command("check_ledger")
    assert f"Wallet of user {alice.pk}: balance 1, entries sum to 500, lots to 500." in capsys.readouterr().out


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
