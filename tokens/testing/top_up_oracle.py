"""A plain list of what happens to one customer with automatic top-up, and what it should come to. It knows no shop."""

import random

SPEND, PAUSE, BUY, DECLINES, ACCEPTS, TURN_OFF, AGREE = "spend", "pause", "buy", "declines", "accepts", "off", "agree"
PACK_TOKENS, PACK_CENTS, THRESHOLD, LIMIT_CENTS = 100, 1000, 20, 6000
BY_HAND_TOKENS = 500
HOUR = 60
AGAIN_AFTER = (HOUR, 24 * HOUR)


def story(seed, steps):
    """What is done, one after the other; a pause is in minutes."""
    dice = random.Random(seed)
    for _ in range(steps):
        what = dice.choices([SPEND, PAUSE, BUY, DECLINES, ACCEPTS, TURN_OFF, AGREE], [60, 25, 1, 6, 6, 1, 4])[0]
        yield what, dice.randint(1, 40) if what == SPEND else dice.choice([1, 30, 61, 24 * HOUR + 1])


class Books:
    """Balance, charges and whether it is on, step by step. After each step the worker has done all that is due."""

    def __init__(self):
        self.balance, self.charges, self.is_on = 0, [], False
        self.is_armed, self.declines, self.again_at = False, 0, None
        self.now, self.does_accept = 0, True

    def do(self, what, number):
        """What the customer, the card or the clock does."""
        if what == SPEND:
            self.balance -= number if number <= self.balance else 0
        elif what == PAUSE:
            self.now += number
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
        elif self.is_armed and is_low and sum(self.charges) + PACK_CENTS <= LIMIT_CENTS:
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
