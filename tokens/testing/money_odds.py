"""What may happen in the money machine: with which numbers, and how often."""

from typing import Any

from tokens.testing.money_crash import POINTS

MEANS = {
    "card": {"card": "4242424242424242"},
    "card whose refunds pend": {"card": "4000000000007726"},
    "card whose refunds fail later": {"card": "4000000000005126"},
    "card that is disputed": {"card": "4000000000000259"},
    "card that is asked about": {"card": "4000000000001976"},
    "card under suspicion": {"card": "4000000000005423"},
    "declined card": {"card": "4000000000000002"},
    "bank that clears": {"bank": "000123456789"},
    "bank that bounces": {"bank": "000222222227"},
    "bank that disputes": {"bank": "000555555559"},
    "bank that waits": {"bank": "000000000009"},
    "nothing to pay": {"code": "FREE100"},
    "half price": {"code": "HALF50"},
}
USUAL = ["card"] * 7
PACKAGES = ["starter", "odd", "starter", "pro"]
MOST_PURCHASES = 4
CENTS = [None, 1, 40, 100, 167, 250, 500]
HOURS = [26, None, 1, 130]
SHARES = [100, 67, 50, 33, 10, 1]
MINUTES = [90, 1, 10, 9000]
TIMES = [{"days": 2}, {"minutes": 15}, {"hours": 25}, {"days": 5}, {"hours": 2}, {"minutes": 2}, {"seconds": 31}]
VERDICTS: dict[str, dict[str, Any]] = {
    "win": {"won": True},
    "win a part of": {"won": True, "reinstated": 40},
    "lose": {"won": False},
}
WEIGHTS = {
    "grant": 3, "use_up": 3, "deliver": 3, "refund_changes": 3, "time_passes": 3, "buy": 2, "spend": 2, "hold": 2,
    "end_hold": 2, "staff_refund": 2, "dashboard_refund": 2, "dispute": 2, "dispute_changes": 2, "deduct": 1, "pay": 1,
    "take_back": 2, "bank_answers": 1, "tell_again": 1, "land": 1, "post": 1,
}  # fmt: skip
ACTS = [act for act, weight in WEIGHTS.items() for _ in range(weight)]
CRASHES = [("statement", nth) for nth in range(12)] + [(point, nth) for point in POINTS[1:] for nth in (0, 0, 1)]
# Tokens are used, money goes back, tokens come in, time passes, money returns.
LIFE = (
    ["use_up", "hold"],
    ["staff_refund", "dashboard_refund", "dispute"],
    ["grant", "grant", "buy", "use_up"],
    ["time_passes", "deliver"],
    ["refund_changes", "dispute_changes", "end_hold", "take_back"],
)
