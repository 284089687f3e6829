"""The machine of test_money_machine: what may happen to one buyer, the shop and Stripe, in any order.

One rule with weights, not a rule per act: Hypothesis leaves rules out at random, and a long chain would rarely find all
of its own.
"""

import sys
from datetime import timedelta

from hypothesis import currently_in_test_context, event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from stripe_sandbox import testing
from stripe_sandbox.testing import Refused
from tokens import sweep as sweeping
from tokens.errors import (
    CaptureExceedsHold,
    HoldEnded,
    InsufficientTokens,
    NotRefundable,
    NotReversible,
    RefundTooLarge,
    ReversalExceedsSpend,
    StripeFailed,
)
from tokens.models import Purchase, TokenUsage
from tokens.purchases import checkout, refunds
from tokens.reports.audit import audit
from tokens.spending import holds, spends, taking_back
from tokens.staff import grants
from tokens.testing import ledger_rows
from tokens.testing.money_odds import (
    ACTS,
    CENTS,
    CRASHES,
    HOURS,
    LIFE,
    MEANS,
    MINUTES,
    MOST_PURCHASES,
    PACKAGES,
    SHARES,
    TIMES,
    USUAL,
    VERDICTS,
)
from tokens.testing.money_world import ACTIONS, World, seen

numbers = st.integers(0, 27)
shares = st.sampled_from(SHARES)


class MoneyMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.world = World()
        self.keys = 0

    def teardown(self):
        try:
            if sys.exc_info()[0] is None:
                self.world.reconcile()
                self.world.compare_with_in_order()
                assert audit() == []
        finally:
            self.world.close()

    @initialize(package=st.sampled_from(["starter", "odd"]), means=st.sampled_from(USUAL + list(MEANS)), spent=shares)
    def begin(self, package, means, spent):
        """Most lives begin with a purchase that is known and partly used up."""
        self.order(package, means)
        self.use_up(share=spent)

    @rule(
        act=st.sampled_from(ACTS),
        number=numbers,
        other=numbers,
        share=shares,
        told=st.sampled_from([True, True, False]),
        crash=st.sampled_from([None] * 50 + CRASHES),
    )
    def act(self, **chosen):
        self.act_as(**chosen)

    def act_as(self, act, **chosen):
        """`number` picks what it is done to, `other` how, `told` whether Stripe tells at once."""
        getattr(self, act)(**chosen)

    def walk(self, dice, *, steps):
        """As many acts by chance alone, every other one of those that a purchase's life is made of, in their order."""
        self.order(dice.choice(PACKAGES), dice.choice(USUAL + list(MEANS)))
        for nth in range(steps):
            usual = LIFE[nth * len(LIFE) // steps]
            chosen = {
                "act": dice.choice(usual if dice.random() < 0.5 else ACTS),
                "number": dice.randrange(28),
                "other": dice.randrange(28),
                "share": dice.choice(SHARES),
                "told": dice.random() < 0.67,
                "crash": dice.choice(CRASHES) if dice.random() < 0.2 else None,
            }
            note(str(chosen))
            self.act_as(**chosen)
            self.the_books_are_right()

    @invariant()
    def the_books_are_right(self):
        with self.world.boundaries.quietly():
            self.world.books.check()

    # --- what every act is made of

    def note(self, what):
        """Counted for the run, and for `--hypothesis-show-statistics`."""
        seen[what] += 1
        if currently_in_test_context():
            event(what)

    def step(self, what, act, crash=None, *, refusals=()):
        """One step of the shop, which may die in it; what it answered (a refusal included), None if it died."""
        answer = None
        with self.world.boundaries.dying(crash) as danger:
            try:
                answer = act()
                self.note(what)
            except refusals as refusal:
                answer = refusal
                self.note(f"{what}, refused")
        if danger.hit:
            self.note(f"{what}: {danger.hit}")
        self.world.listen()
        return answer

    def at_stripe(self, what, act, *arguments, told=False, **more):
        """Something happens at Stripe, which may tell the shop at once."""
        known = len(self.world.story)
        try:
            act(*arguments, **more)
            self.note(what)
        except Refused:
            self.note(f"{what}, refused")
        self.world.listen()
        for reported in self.world.story[known:] if told else ():
            if reported in self.world.waiting:
                self.step("deliver", lambda reported=reported: self.world.deliver(reported))

    def must_be_short_of(self, tokens, answer):
        if isinstance(answer, InsufficientTokens):
            assert self.world.books.available_now() < tokens

    # --- buying

    def buy(self, *, number=0, other=0, told=True, crash=None, **_):
        if len(self.world.pages) < MOST_PURCHASES:
            self.order(pick(PACKAGES, number), pick(USUAL + list(MEANS), other), told=told, crash=crash)

    def order(self, package, means, *, told=True, crash=None):
        purchase = self.step("buy", lambda: self.world.buy(package), crash, refusals=StripeFailed)
        if isinstance(purchase, Purchase):
            session = purchase.stripe_checkout_session_id
            self.at_stripe(f"pay: {means}", testing.pay, session, told=told, **MEANS[means])

    def pay(self, *, number=0, other=0, told=True, **_):
        if session := pick(self.world.open_pages(), number):
            means = pick(list(MEANS), other)
            self.at_stripe(f"pay: {means}", testing.pay, session, told=told, **MEANS[means])

    def bank_answers(self, *, number=0, other=0, told=True, **_):
        if session := pick(self.world.on_the_way(), number):
            what, act = pick([("settle", testing.settle), ("bounce", testing.bounce)], other)
            self.at_stripe(what, act, session, told=told)

    # --- money back

    def staff_refund(self, *, number=0, other=0, share=100, crash=None, **_):
        if pk := pick(list(self.world.books.lots), number):
            purchase = self.world.row(Purchase, pk)
            asked = {"amount_cents": max(1, purchase.paid_cents * share // 100), "reason": "asked", "by": None}
            refund = lambda: refunds.refund(purchase, **asked, beyond_offer=other % 4 > 0)  # noqa: E731
            self.step("refund by staff", refund, crash, refusals=(NotRefundable, RefundTooLarge))

    def dashboard_refund(self, *, number=0, other=0, told=True, **_):
        if intent := pick(self.world.refundable(), number):
            ways = {"refund in the dashboard": testing.refund, "refund in euros": self.world.refund_in_euros}
            what = pick(list(ways), number // 2)
            self.at_stripe(what, ways[what], intent, pick(CENTS, other), told=told)

    def refund_changes(self, *, number=0, other=0, told=True, **_):
        if changing := pick(self.world.changing_refunds(), number):
            refund, status = changing
            acts = {"fail": testing.fail_refund}
            if status == "pending":
                acts |= {"settle": testing.settle_refund, "cancel": testing.cancel_refund}
            what = pick(list(acts), other)
            self.at_stripe(f"{what} refund", acts[what], refund, told=told)

    def dispute(self, *, number=0, other=0, told=True, share=100, **_):
        if intent := pick(self.world.disputable(), number):
            what = pick(["dispute", "inquiry", "dispute", "fraud warning"], other)
            if what == "fraud warning":
                self.at_stripe(what, testing.warn, intent, told=told)
            else:
                asked = {"amount": None if share > 50 else 2 * share, "inquiry": what == "inquiry"}
                if other % 8 == 4 and not self.world.asked_about(intent):
                    what, asked = "dispute in euros", self.world.in_euros(intent, asked["amount"])
                self.at_stripe(what, testing.dispute, intent, told=told, **asked)

    def dispute_changes(self, *, number=0, other=0, told=True, **_):
        if changing := pick(self.world.changing_disputes(), number):
            dispute, status = changing
            what = pick(list(VERDICTS), other)
            if status == "lost":
                self.at_stripe("appeal dispute", testing.appeal, dispute, told=told)
            else:
                self.at_stripe(f"{what} dispute", testing.close_dispute, dispute, told=told, **VERDICTS[what])

    # --- tokens

    def spend(self, *, number=0, crash=None, **_):
        """A client that hears nothing asks again with the same key."""
        self.keys += 1
        action = pick(list(ACTIONS), number)
        spend = lambda: spends.spend(self.world.user, action, idempotency_key=str(self.keys))  # noqa: E731
        answer = self.step("spend", spend, crash, refusals=InsufficientTokens)
        if answer is None:
            answer = self.step("spend again", spend, refusals=InsufficientTokens)
        self.must_be_short_of(ACTIONS[action], answer)

    def use_up(self, *, share=100, **_):
        """Most tokens are spent sooner or later, and then money goes back."""
        if tokens := self.world.books.oracle.available * share // 100:
            use = lambda: holds.capture(holds.hold(self.world.user, "one", tokens=tokens))  # noqa: E731
            self.must_be_short_of(tokens, self.step("use up", use, refusals=InsufficientTokens))

    def hold(self, *, other=0, share=100, crash=None, **_):
        tokens = max(1, self.world.books.oracle.available * share // 100)
        asked = {"tokens": tokens, "expires_in": timedelta(minutes=pick(MINUTES, other))}
        hold = lambda: holds.hold(self.world.user, "one", **asked)  # noqa: E731
        self.must_be_short_of(tokens, self.step("hold", hold, crash, refusals=InsufficientTokens))

    def end_hold(self, *, number=0, other=0, share=100, crash=None, **_):
        if pk := pick(list(self.world.books.holds), number):
            usage = self.world.row(TokenUsage, pk)
            tokens = max(1, usage.tokens_spent * share // 100)
            capture, release = lambda: holds.capture(usage, tokens=tokens), lambda: holds.release(usage)
            what, act = pick([("capture", capture), ("release", release)], other)
            self.step(what, act, crash, refusals=(HoldEnded, CaptureExceedsHold))

    def take_back(self, *, number=0, crash=None, **_):
        """Work that was paid for failed, lately or long ago."""
        if pk := pick(list(self.world.books.spends)[::-1], number):
            usage = self.world.row(TokenUsage, pk)
            undo = lambda: taking_back.take_back_by_staff(usage, reason="It failed", by=None)  # noqa: E731
            self.step("take back", undo, crash, refusals=(NotReversible, ReversalExceedsSpend))

    def grant(self, *, number=0, other=0, crash=None, **_):
        hours = pick(HOURS, other)
        expires_at = self.world.now() + timedelta(hours=hours) if hours else None
        asked = {"tokens": 4 * number + 1, "reason": "a gift", "by": None, "expires_at": expires_at}
        self.step("grant that expires" if hours else "grant", lambda: grants.grant(self.world.user, **asked), crash)

    def post(self, *, crash=None, **_):
        """What was spent is taken out of the lots: nothing that anybody was told changes."""
        self.step("post", lambda: ledger_rows.post(self.world.user), crash)

    def deduct(self, *, number=0, crash=None, **_):
        deduct = lambda: grants.deduct(self.world.user, tokens=number + 1, reason="wrong", by=None)  # noqa: E731
        self.must_be_short_of(number + 1, self.step("deduct", deduct, crash, refusals=InsufficientTokens))

    # --- events, and time

    def deliver(self, *, number=0, other=0, crash=None, **_):
        """Some of what waits, or all of it; the process may die over the first."""
        waiting = self.world.waiting
        ways = {"in order": waiting[:], "newest first": waiting[::-1], "picked": waiting[number:] + waiting[:number]}
        what = pick([*ways, "picked"], other)
        for reported in ways[what][: 1 + other if what == "picked" else None]:
            self.step(f"deliver, {what}", lambda reported=reported: self.world.deliver(reported), crash)
            crash = None

    def tell_again(self, *, number=0, crash=None, **_):
        """Stripe may deliver an event more than once, and late."""
        if reported := pick(self.world.told(), -number):
            self.step("deliver again", lambda: self.world.deliver(reported), crash)

    def land(self, *, number=0, crash=None, **_):
        """The buyer comes back to the success page."""
        if page := pick(self.world.pages, number):
            purchase = self.world.of_page(page)
            self.step("success page", lambda: checkout.refresh_if_possible(purchase), crash)

    def time_passes(self, *, number=0, told=True, crash=None, **_):
        self.world.pass_time(**pick(TIMES, number))
        if told:
            self.step("sweep", sweeping.sweep, crash)


def pick(things, number):
    return things[number % len(things)] if things else None
