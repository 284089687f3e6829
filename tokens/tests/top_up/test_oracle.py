"""An hour of random spends, and random days, charge exactly what a plain list says."""

from datetime import UTC, datetime

import pytest
import time_machine

from devtools.testing.examples import tries
from tokens.errors import InsufficientTokens
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, CardToForget, SavedCard
from tokens.spending.spends import spend
from tokens.testing import top_up_oracle as oracle
from tokens.testing.buying import buy
from tokens.testing.topping_up import agree, paid, save_card
from tokens.top_up import charging, deciding, switching
from tokens.top_up.consent import Terms

REFUSED = "4000000000000341"


class Shop:
    """The same steps, through the real shop and the real sandbox."""

    def __init__(self, sandbox, user, clock, limit_cents):
        self.sandbox, self.user, self.clock = sandbox, user, clock
        self.terms = Terms("starter", oracle.THRESHOLD, limit_cents)
        save_card(user, REFUSED)
        self.bad = SavedCard.objects.get(user=user).stripe_id
        self.clock.shift(1)
        save_card(user)
        self.good = SavedCard.objects.get(user=user).stripe_id
        CardToForget.objects.all().delete()  # the other one's turn comes again

    def do(self, what, number, seconds):
        self.clock.shift(seconds)
        if what == oracle.SPEND:
            try:
                spend(self.user.pk, "import_domain", quantity=number)
            except InsufficientTokens:
                pass
        elif what == oracle.BUY:
            buy(self.sandbox, self.user)
        elif what in (oracle.DECLINES, oracle.ACCEPTS):
            card = self.good if what == oracle.ACCEPTS else self.bad
            SavedCard.objects.filter(user=self.user).update(stripe_id=card)
        elif what == oracle.TURN_OFF:
            switching.turn_off(self.user.pk, AutoTopUp.Off.CUSTOMER)
        elif what == oracle.AGREE:
            agree(self.user, self.terms)
        while deciding.order_next() or charging.charge_next():
            pass


def live(sandbox, user, story, *, limit_cents):
    """Do it all, and compare after each step; the books as they are then."""
    with time_machine.travel(datetime(2026, 11, 2, 12, tzinfo=UTC), tick=False) as clock:
        shop, books = Shop(sandbox, user, clock, limit_cents), oracle.Books(limit_cents)
        for number, step in enumerate([(oracle.AGREE, 0, 0), *story]):
            seen = [*books.charges]
            books.do(*step)
            shop.do(*step)
            assert read_wallet(user.pk).balance == books.balance, (number, step)
            if number % 20 == 0 or seen != books.charges:
                assert paid(user) == books.charges, (number, step)
        assert paid(user) == books.charges
        assert AutoTopUp.objects.get(user=user).is_on == books.is_on
    return books


@pytest.mark.parametrize("seed", range(tries(2)))
def test_random_days_charge_exactly_what_a_plain_list_says(sandbox, alice, seed):
    assert live(sandbox, alice, oracle.days(seed, 70), limit_cents=6_000).charges


@pytest.mark.parametrize("seed", range(tries(1, thorough=20)))
def test_an_hour_of_random_spends_charges_exactly_what_a_plain_list_says(sandbox, alice, seed):
    story = [*oracle.hour(seed)]
    assert sum(what == oracle.SPEND for what, *_ in story) > 500
    assert len(live(sandbox, alice, story, limit_cents=25_000).charges) > 2
