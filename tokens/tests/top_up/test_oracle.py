"""An hour of random spends, and days around it, charge exactly what a plain list says."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tokens.errors import InsufficientTokens
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, SavedCard
from tokens.spending.spends import spend
from tokens.testing import top_up_oracle as oracle
from tokens.testing.buying import buy
from tokens.testing.topping_up import agree, paid, save_card, work
from tokens.top_up import switching
from tokens.top_up.consent import Terms

TERMS = Terms("starter", oracle.THRESHOLD, oracle.LIMIT_CENTS)
REFUSED = "4000000000000341"


class Shop:
    """The same steps, through the real shop and the real sandbox."""

    def __init__(self, sandbox, user, clock):
        self.sandbox, self.user, self.clock = sandbox, user, clock
        save_card(user, REFUSED)
        self.bad = SavedCard.objects.get(user=user).stripe_id
        self.clock.shift(1)
        save_card(user)
        self.good = SavedCard.objects.get(user=user).stripe_id

    def do(self, what, number):
        if what == oracle.SPEND:
            try:
                spend(self.user.pk, "import_domain", quantity=number)
            except InsufficientTokens:
                pass
        elif what == oracle.PAUSE:
            self.clock.shift(number * 60)
        elif what == oracle.BUY:
            buy(self.sandbox, self.user)
        elif what in (oracle.DECLINES, oracle.ACCEPTS):
            card = self.good if what == oracle.ACCEPTS else self.bad
            SavedCard.objects.filter(user=self.user).update(stripe_id=card)
        elif what == oracle.TURN_OFF:
            switching.turn_off(self.user.pk, AutoTopUp.Off.CUSTOMER)
        elif what == oracle.AGREE:
            agree(self.user, TERMS)
        work()


@pytest.mark.parametrize("seed", [5, 9, 10])
def test_random_steps_charge_exactly_what_a_plain_list_says(sandbox, alice, seed):
    with time_machine.travel(datetime(2026, 11, 2, 12, tzinfo=ZoneInfo("UTC")), tick=False) as clock:
        shop, books = Shop(sandbox, alice, clock), oracle.Books()
        steps = [(oracle.AGREE, 0), *oracle.story(seed, 70)]
        for number, step in enumerate(steps):
            books.do(*step)
            shop.do(*step)
            wallet = read_wallet(alice.pk)
            assert (wallet.balance, paid(alice)) == (books.balance, books.charges), (number, steps[: number + 1])
        assert AutoTopUp.objects.get().is_on == books.is_on
        assert books.charges
