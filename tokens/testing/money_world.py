"""One buyer, the shop and Stripe, for the money machine: what happened there, what the shop was told, what it knows."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import time_machine
from django.test import Client, override_settings
from django.utils import timezone

from devtools.testing.factories import UserFactory
from stripe_sandbox import testing
from tokens import sweep as sweeping
from tokens.models import ActionCost, Dispute, Purchase, Refund, StripeEvent, TokenPackage, TokenUsage
from tokens.reconciliation.run import reconcile
from tokens.testing.money_books import Books
from tokens.testing.money_crash import Boundaries, sandpit
from tokens.testing.oracle import in_order
from tokens.testing.sandbox import Sandbox
from tokens.webhooks.inbox import handled_types

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Beside the shipped ones: dear enough to use up a pack in a few spends.
ACTIONS = {"one": 1, "seven": 7, "most": 70, "huge": 333}


class World:
    """`story` is every event of Stripe's in order; `waiting` those that no delivery has brought to the shop yet."""

    def __init__(self):
        self.story, self.waiting, self.pages, self.intents, self.known = [], [], [], {}, None
        self.dollars = {}
        with ExitStack() as stack:
            stack.enter_context(sandpit())
            stack.enter_context(override_settings(STRIPE_PROMOTION_CODES=True))
            self.clock = stack.enter_context(time_machine.travel(START, tick=False))
            testing.reset()
            self.stock()
            self.boundaries = Boundaries(self.books.catch_up)
            stack.enter_context(self.boundaries.installed())
            self.stack = stack.pop_all()

    def stock(self):
        self.user = UserFactory.create()
        ActionCost.objects.bulk_create([ActionCost(key=key, label=key, tokens=n) for key, n in ACTIONS.items()])
        TokenPackage.objects.create(key="odd", name="Odd Pack", tokens=7, price_cents=333)
        self.books, self.stripe = Books(self.user), Sandbox(Client())

    def close(self):
        self.stack.close()

    def pass_time(self, **time):
        self.clock.shift(timedelta(**time))

    # --- what happens at Stripe

    def listen(self):
        """Take note of what has happened at Stripe since."""
        self.known = None
        new = testing.events_since(self.story[-1]["id"] if self.story else None)
        self.story += new
        self.waiting += [event for event in new if event["type"] in HANDLED]
        for event in new:
            thing = event["data"]["object"]
            if thing["object"] == "checkout.session" and thing["payment_intent"]:
                self.intents[thing["payment_intent"]] = int(thing["metadata"]["purchase_id"])

    def deliver(self, event):
        """Stripe delivers an event once; unless the shop answers that it is done, it stays to be delivered.

        Nothing but an answer lost on its way may keep the shop from doing it.
        """
        is_done = self.stripe.deliver(event).status_code == 200
        assert is_done or self.boundaries.hit == "answer lost"
        if is_done and event in self.waiting:
            self.waiting.remove(event)

    def buy(self, package):
        purchase = self.stripe.buy(self.user, package)
        if purchase.stripe_checkout_session_id not in self.pages:
            self.pages.append(purchase.stripe_checkout_session_id)
        return purchase

    def now(self):
        return timezone.now()

    def row(self, model, pk):
        with self.boundaries.quietly():
            return model.objects.get(pk=pk)

    def of_page(self, session):
        with self.boundaries.quietly():
            return self.user.purchases.get(stripe_checkout_session_id=session)

    def told(self):
        """What the shop has said is done."""
        return [event for event in self.story if event["type"] in HANDLED and event not in self.waiting]

    # --- what could happen next

    def latest(self, kind):
        """id -> (event type, object) of everything of a kind at Stripe, as it is now."""
        things = [(event["type"], event["data"]["object"]) for event in self.story]
        return {thing["id"]: (type, thing) for type, thing in things if thing["object"] == kind}

    def open_pages(self):
        """The sessions that the buyer was sent to and could still pay on."""
        return [page for page in self.pages if page not in self.latest("checkout.session")]

    def on_the_way(self):
        """Sessions whose bank payment is neither settled nor bounced."""
        done = "checkout.session.completed"
        sessions = self.latest("checkout.session").items()
        return [id for id, (type, session) in sessions if type == done and session["payment_status"] == "unpaid"]

    def changing_refunds(self):
        """(id, status) of the refunds that may still become something else."""
        refunds = [(id, refund["status"]) for id, (_, refund) in self.latest("refund").items()]
        return [(id, status) for id, status in refunds if status in ("pending", "succeeded")]

    def changing_disputes(self):
        disputes = [(id, dispute["status"]) for id, (_, dispute) in self.latest("dispute").items()]
        return [(id, status) for id, status in disputes if status not in ("won", "warning_closed")]

    def refundable(self):
        """Payments that Stripe would refund."""
        return [
            intent
            for intent, purchase in self.intents.items()
            if (money := self.truth().get(purchase))
            and money.paid > money.refunded
            and all(status == "won" or status.startswith("warning") for status, *_ in money.disputes.values())
        ]

    def disputable(self):
        """Payments that nobody disputes, or only asks about."""
        closed = ("won", "lost", "warning_closed", "warning_needs_response")
        return [
            intent
            for intent, purchase in self.intents.items()
            if (money := self.truth().get(purchase))
            and money.paid > money.refunded
            and all(status in closed for status, *_ in money.disputes.values())
        ]

    def asked_about(self, intent):
        return any(
            status.startswith("warning_n") for status, *_ in self.truth()[self.intents[intent]].disputes.values()
        )

    def in_euros(self, intent, cents):
        """So much of a payment (None: all that is left), as a bank says it that asks in euros; settled in dollars."""
        money = self.truth()[self.intents[intent]]
        cents = min(cents or money.paid, money.paid - money.refunded)
        return {"amount": max(1, cents * 92 // 100), "currency": "eur", "settled": f"usd:{cents}"}

    def refund_in_euros(self, intent, cents):
        asked = self.in_euros(intent, cents)
        refund = testing.refund(intent, **asked)
        self.dollars[refund["id"]] = int(asked["settled"].removeprefix("usd:"))

    def truth(self):
        """purchase -> its Money, as a shop that hears everything at once and in order would know it."""
        if self.known is None:
            with self.boundaries.quietly():
                self.known = in_order(self.facts(), dict(self.user.purchases.values_list("pk", "tokens")))
        return self.known

    # --- the end

    def reconcile(self):
        """Bring everything to rest, with nothing delivered any more: what is due, and what Stripe knows better."""
        self.pass_time(minutes=11)
        self.repair()
        for _ in range(4):
            before = self.state()
            sweeping.sweep()
            self.pass_time(minutes=2)
            self.listen()
            self.repair()
            if self.state() == before:
                return
        raise AssertionError("never comes to rest")

    def repair(self):
        run = reconcile(since=START)
        assert (run.unrepaired, bool(run.finished_at)) == (0, True), run.report

    def state(self):
        with self.boundaries.quietly():
            models = (Purchase, Refund, Dispute, TokenUsage)
            return [list(model.objects.order_by("pk").values_list()) for model in models]

    def compare_with_in_order(self):
        """The balance, statuses and tokens reversed that a shop which hears everything at once would have."""
        truth = self.truth()
        for pk, purchase in self.user.purchases.in_bulk().items():
            if pk in truth and (purchase.stripe_checkout_session_id or truth[pk].state == "completed"):
                money = truth[pk]
                assert (purchase.status, purchase.tokens_reversed) == (money.status, money.tokens_reversed)
            else:
                assert purchase.status in ("pending", "failed", "expired")
            was_warned = "radar.early_fraud_warning.created" in self.types_about(purchase.stripe_payment_intent_id)
            assert bool(purchase.fraud_warning_at) == was_warned
        assert not Refund.objects.filter(status="requested").exists()
        assert not StripeEvent.objects.filter(status="failed").exists()
        came_in = sum(money.tokens - money.tokens_reversed for money in truth.values() if money.state == "completed")
        assert self.books.oracle.balance == came_in + self.granted_and_spent() - self.books.oracle.expired

    def types_about(self, intent):
        about = [event for event in self.story if event["data"]["object"].get("payment_intent") == intent]
        return {event["type"] for event in about if intent}

    def granted_and_spent(self):
        grants = self.user.grants.values_list("kind", "tokens")
        given = sum(tokens if kind == "grant" else -tokens for kind, tokens in grants)
        spent = sum(self.user.token_usage.values_list("tokens_spent", flat=True))
        return given - spent + sum(self.user.spend_reversals.values_list("tokens", flat=True))

    def facts(self):
        for event in self.story:
            thing = event["data"]["object"]
            kind, status = thing["object"], event["type"].rpartition(".")[2]
            if kind == "checkout.session":
                what = {"async_payment_failed": "failed", "expired": "expired"}.get(status, "paid")
                is_unpaid = what == "paid" and thing["payment_status"] == "unpaid"
                rest = [thing["amount_total"]] if what == "paid" and not is_unpaid else []
                yield ("processing" if is_unpaid else what, int(thing["metadata"]["purchase_id"]), *rest)
            elif kind == "refund":
                cents = self.dollars.get(thing["id"], thing["amount"])
                yield "refund", self.intents[thing["payment_intent"]], thing["id"], cents, thing["status"]
            elif kind == "dispute":
                moved = [row["amount"] for row in thing["balance_transactions"]]
                out, back = -sum(n for n in moved if n < 0), sum(n for n in moved if n > 0)
                yield "dispute", self.intents[thing["payment_intent"]], thing["id"], thing["status"], out, back


HANDLED = frozenset(handled_types())
# How often what happened, over all examples of a run.
seen: Counter = Counter()
