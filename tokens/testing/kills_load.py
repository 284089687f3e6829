"""Customers, staff and a bank, all at once: each asks for the same thing, with the same key, until it is answered."""

import queue
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from stripe_sandbox import testing
from tokens.web.refusals import problem_type

# What a duplicate request is told, and one with the key of a request that was killed.
UNDER_WAY = {problem_type("idempotency-key-in-use"), problem_type("request-under-way")}
COSTS = {"import_domain": 1, "csv_import": 2, "ai_analysis": 5, "data_export": 10}
PRICES = {"starter": 1000, "pro": 4000, "premium": 7000}
SECONDS_OF_PATIENCE = 45
SECONDS_BEFORE_PARKING = 1
SECONDS_UNTIL_COMPLETED = 75


@dataclass
class Records:
    """What was asked and answered; the books must say the same."""

    tally: Counter = field(default_factory=Counter)
    spends: dict = field(default_factory=dict)  # key -> tokens; 0 when there were too few
    holds: dict = field(default_factory=dict)  # key -> (status, tokens, reason); None when there were too few
    refunds: dict = field(default_factory=dict)  # key -> cents
    sessions: list = field(default_factory=list)  # paid, or on their way
    parked: list = field(default_factory=list)  # orders whose key says, after a kill, that they are under way


class StillUnderWay(Exception):
    pass


class Caller:
    """One client program: an address, an API key, and a connection that may break at any moment."""

    def __init__(self, load, token=None):
        self._load = load
        self._http = requests.Session()
        self._http.trust_env = False
        if token:
            self._http.headers["Authorization"] = f"Bearer {token}"

    def ask(self, path, body, *, key=None, patience=SECONDS_OF_PATIENCE):
        """The answer, however often the connection breaks. Raises StillUnderWay while a duplicate is in progress."""
        tally, give_up_at = self._load.records.tally, time.monotonic() + patience
        while True:
            tally["requests"] += 1
            try:
                reply = self._http.post(
                    self._load.address + path, json=body, headers={"Idempotency-Key": key} if key else {}, timeout=15
                )
            except requests.ConnectionError as error:
                tally["refused" if "refused" in str(error).lower() else "cut off"] += 1
            except requests.RequestException:
                tally["timed out"] += 1
            else:
                if "Content-Length" not in reply.headers:  # killed while it wrote the headers
                    tally["cut off"] += 1
                    continue
                if reply.status_code < 500 and reply.json().get("type") not in UNDER_WAY:
                    return reply
                tally[f"answered {reply.status_code}"] += 1
                if time.monotonic() > give_up_at:
                    raise StillUnderWay(f"{path}: {reply.text}")
                time.sleep(0.2)
            assert time.monotonic() < self._load.ends_at, f"{path} was never answered"
            time.sleep(0.03)


class Load:
    """Runs in threads of its own from `with` on, until `stop`."""

    def __init__(self, address, tokens, *, seed, seconds):
        self.address, self.tokens, self.seed, self.records = address, tokens, seed, Records()
        self.ends_at = time.monotonic() + seconds
        self._stopping = threading.Event()
        self._paid: queue.Queue[tuple[str, str, str, int]] = queue.Queue()
        self._pool = ThreadPoolExecutor(thread_name_prefix="load", max_workers=12)

    def __enter__(self):
        jobs = [self._buy] * 3 + [self._spend] * 3 + [self._hold] * 2
        self._running = [
            self._pool.submit(self._repeat, job, f"{self.seed} {number}", self.tokens[number % len(self.tokens)])
            for number, job in enumerate(jobs)
        ]
        self._running += [self._pool.submit(self._give_and_take, f"{self.seed} desk {number}") for number in range(2)]
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self.ends_at = 0.0
        self._pool.shutdown()

    def check(self):
        """Raise what went wrong in a thread, if anything did."""
        for future in self._running:
            if future.done():
                future.result()

    def stop(self):
        """Let everyone finish what they have begun."""
        self._stopping.set()
        for future in self._running:
            future.result(timeout=max(1, self.ends_at - time.monotonic()))

    def finish_parked(self):
        """Ask again for the orders whose keys were said to be under way, and pay them."""
        parked, self.records.parked = self.records.parked, []
        self.records.tally["orders parked"] += len(parked)
        for token, package, key in parked:
            reply = Caller(self, token).ask("/api/tokens/purchase", {"package": package}, key=key)
            self._pay(random.Random(key), reply.json()["session_id"], PRICES[package])
        self._running.append(self._pool.submit(self._give_and_take, f"{self.seed} desk"))
        self.stop()

    def _repeat(self, job, seed, token):
        rng, caller = random.Random(seed), Caller(self, token)
        while not self._stopping.is_set():
            job(rng, caller, token)
            time.sleep(rng.uniform(0, 0.05))

    def _buy(self, rng, caller, token):
        package, key = rng.choice(list(PRICES)), rng.choice([_key(rng), None])
        patience = SECONDS_BEFORE_PARKING if key else SECONDS_OF_PATIENCE
        try:
            reply = caller.ask("/api/tokens/purchase", {"package": package}, key=key, patience=patience)
        except StillUnderWay:
            self.records.parked.append((token, package, key))
            return
        assert reply.status_code == 200, reply.text
        self._pay(rng, reply.json()["session_id"], PRICES[package])

    def _pay(self, rng, session_id, price):
        bank = "000123456789" if rng.random() < 0.2 else None
        session = testing.pay(session_id, bank=bank)
        self.records.sessions.append(session_id)
        what = rng.choice(["settle", "settle", "bounce"] if bank else ["staff", "dashboard", "dispute", "", "", ""])
        self._paid.put((what, session_id, session["payment_intent"], price))

    def _spend(self, rng, caller, token):
        key, action = _key(rng), rng.choice(list(COSTS))
        body = {"action": action, "metadata": {"request": key}}
        reply = caller.ask("/api/tokens/spend", body, key=key)
        assert reply.status_code in (200, 402), reply.text
        self.records.spends[key] = COSTS[action] if reply.status_code == 200 else 0
        if reply.status_code == 200 and rng.random() < 0.2:
            assert caller.ask("/api/tokens/spend", body, key=key).json() == reply.json()

    def _hold(self, rng, caller, token):
        key, tokens, verb = _key(rng), rng.randint(2, 20), rng.choice(["capture", "release", "abandon"])
        body = {"action": "ai_analysis", "tokens": tokens, "metadata": {"request": key}}
        body["expires_in"] = 60 if verb == "abandon" else 24 * 3600
        reply = caller.ask("/api/tokens/holds", body, key=key)
        assert reply.status_code in (201, 402), reply.text
        if reply.status_code == 402:
            self.records.holds[key] = None
            return
        self.records.holds[key] = ("released", 0, "expired" if verb == "abandon" else "caller")
        if verb == "abandon":
            return
        wanted = {"tokens": rng.randint(1, tokens)} if verb == "capture" else {}
        ended = caller.ask(f"/api/tokens/holds/{reply.json()['id']}/{verb}", wanted, key=_key(rng))
        assert ended.status_code == 200, ended.text
        if verb == "capture":
            self.records.holds[key] = ("spent", wanted["tokens"], "")

    def _give_and_take(self, seed):
        rng, caller = random.Random(seed), Caller(self)
        while not (self._stopping.is_set() and self._paid.empty()):
            try:
                what, session_id, intent, price = self._paid.get(timeout=0.1)
            except queue.Empty:
                continue
            self._afterwards(rng, caller, what, session_id, intent, price)

    def _afterwards(self, rng, caller, what, session_id, intent, price):
        amount = rng.choice([price, rng.randint(1, price)])
        if what not in ("settle", "bounce"):
            testing.warn(intent)  # told in one event only, so nothing else makes up for a lost one
        match what:
            case "settle":
                testing.settle(session_id)
            case "bounce":
                testing.bounce(session_id)
            case "staff":
                self._refund_at_the_desk(rng, caller, session_id, amount)
            case "dashboard":
                refund = testing.refund(intent, amount)
                if rng.random() < 0.3:
                    testing.fail_refund(refund["id"])
            case "dispute":
                dispute = testing.dispute(intent, amount=amount)
                if rng.random() < 0.7:
                    testing.close_dispute(dispute["id"], won=rng.random() < 0.5)

    def _refund_at_the_desk(self, rng, caller, session_id, amount):
        key, give_up_at = str(uuid.UUID(int=rng.getrandbits(128))), time.monotonic() + SECONDS_UNTIL_COMPLETED
        while time.monotonic() < give_up_at:
            reply = caller.ask("/api/desk/refund", {"session": session_id, "amount": amount, "key": key})
            if reply.status_code == 200:
                self.records.refunds[key] = amount
                return
            assert "has no payment" in reply.text, reply.text  # the webhook is late; it comes
            time.sleep(0.25)


def _key(rng):
    return f"{rng.getrandbits(128):032x}"
