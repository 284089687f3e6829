"""A plain list of what happens to one customer with automatic top-up, and what it should come to. It knows no shop."""

import random

SPEND, PAUSE, BUY, DECLINES, ACCEPTS, TURN_OFF, AGREE = "spend", "pause", "buy", "declines", "accepts", "off", "agree"
PACK_TOKENS, PACK_CENTS, THRESHOLD = 100, 1000, 20
BY_HAND_TOKENS = 500
HOUR = 3600
DAY = 24 * HOUR
AGAIN_AFTER = (HOUR, DAY)


def days(seed, steps):
    """What is done within some days, one after the other: what, how much of it, and seconds that pass before."""
    dice = random.Random(seed)
    for _ in range(steps):
        what = dice.choices([SPEND, PAUSE, BUY, DECLINES, ACCEPTS, TURN_OFF, AGREE], [60, 25, 1, 6, 6, 1, 4])[0]
        yield what, dice.randint(1, 40), dice.choice([60, 1800, HOUR + 60, DAY + 60]) if what == PAUSE else 0


def hour(seed):
    """What is done within an hour: something every few seconds, nearly always a spend."""
    dice, passed = random.Random(seed), 0
    while passed < HOUR:
        what = dice.choices([SPEND, BUY, DECLINES, ACCEPTS, TURN_OFF, AGREE], [200, 1, 1, 4, 1, 4])[0]
        passed += (seconds := dice.randint(1, 10))
        yield what, dice.randint(1, 12), seconds


class Books:
    """Balance, charges and whether it is on, step by step. After each step the worker has done all that is due."""

    def __init__(self, limit_cents):
        self.limit_cents = limit_cents
        self.balance, self.charges, self.is_on = 0, [], False
        self.is_armed, self.declines, self.again_at = False, 0, None
        self.now, self.does_accept = 0, True

    def do(self, what, number, seconds):
        """Time passes, and then the customer or the card does something."""
        self.now += seconds
        if what == SPEND:
            self.balance -= number if number <= self.balance else 0
        elif what == BUY:
            self._credit(BY_HAND_TOKENS)
        elif what in (DECLINES, ACCEPTS):
            self.does_accept = what == ACCEPTS
        elif what == TURN_OFF:
            self._off()
        elif what == AGREE:
            self.is_on = self.is_armed = True
            self.declines, self.again_at = 0, None
        self._work()

    def _work(self):
        while self.is_on and self._try():
            pass

    def _try(self):
        """One attempt, if one is due; whether another may be due after it."""
        is_low = self.balance < THRESHOLD
        if self.again_at is not None:
            if self.now < self.again_at:
                return False
            self.again_at = None
            if not is_low:
                self.declines = 0
                return False
        elif self.is_armed and is_low and sum(self.charges) + PACK_CENTS <= self.limit_cents:
            self.is_armed, self.declines = False, 0
        else:
            return False
        if self.does_accept:
            self.charges.append(PACK_CENTS)
            self._credit(PACK_TOKENS)
            return True
        self.declines += 1
        if self.declines > len(AGAIN_AFTER):
            self._off()
        else:
            self.again_at = self.now + AGAIN_AFTER[self.declines - 1]
        return False

    def _credit(self, tokens):
        self.balance += tokens
        if self.balance >= THRESHOLD and self.is_on:
            self.is_armed = True

    def _off(self):
        self.is_on = self.is_armed = False
        self.declines, self.again_at = 0, None
