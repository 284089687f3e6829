"""PostgreSQL's functions, each of which writes something whole in one round trip: a spend with its wallet, lot, usage,
entry, total and the caller's key; and the completion of a purchase, from Stripe's event to the email.

`tokens.spending.postgresql` calls them and says when. They do what `tokens.ledger.writer` does in the plain case, and
nothing at all in any other: then they answer without a balance and the ORM path takes over. `migrate` creates them
again each time.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections

# What both spends do: they claim the caller's key and take `total` tokens from the first lot of a plain wallet. Where
# that is not all, they return with no balance.
TAKE = """
    -- The key first, as in the portable path: a twin waits here, and finds the answer when the first has committed.
    IF named IS NOT NULL THEN
        INSERT INTO idempotency_keys (user_id, key, fingerprint, answer, claimed_at)
        VALUES (whose, named, asked, {ids}, moment) ON CONFLICT (user_id, key) DO NOTHING;
        IF NOT FOUND THEN RETURN; END IF;
    END IF;
    SELECT w.balance INTO had FROM wallets w
    WHERE w.user_id = whose AND w.balance >= total AND w.debt = 0 AND w.frozen = 0 AND w.blocked_at IS NULL
        AND (w.due_at IS NULL OR w.due_at > greatest(moment, w.updated_at))
        AND (call_takes IS NULL OR w.calls_until IS NULL OR w.calls_until <= moment + calls_ahead
            OR w.calls_until > moment + calls_ahead + call_takes)
    FOR NO KEY UPDATE;
    IF FOUND THEN
        -- Chosen under the wallet's lock, which whoever changes a lot holds.
        UPDATE lots l SET remaining = l.remaining - total WHERE l.remaining >= total AND l.id = (
            SELECT o.id FROM lots o WHERE o.user_id = whose AND o.is_open
            ORDER BY o.expires_at, o.is_paid, o.id LIMIT 1)
        RETURNING l.* INTO lot;
    END IF;
    IF lot.id IS NULL THEN
        DELETE FROM idempotency_keys k WHERE k.user_id = whose AND k.key = named;
        RETURN;
    END IF;
    UPDATE wallets w SET balance = w.balance - total, updated_at = greatest(w.updated_at, moment),
        calls_until = CASE WHEN call_takes IS NULL THEN w.calls_until
                           WHEN w.calls_until > moment + calls_ahead + call_takes THEN moment + call_takes
                           ELSE greatest(w.calls_until, moment) + call_takes END
    WHERE w.user_id = whose;
"""
SPEND = f"""
CREATE OR REPLACE FUNCTION spend_in_one_trip(
    whose bigint, what text, cost integer, about jsonb, named text, asked text, moment timestamptz,
    call_takes interval, calls_ahead interval,
    OUT usage_id bigint, OUT spent integer, OUT balance bigint
) LANGUAGE plpgsql AS $$
DECLARE
    total ALIAS FOR spent;
    had bigint;
    lot lots%ROWTYPE;
BEGIN
    spent := coalesce(cost, (SELECT c.tokens FROM action_costs c WHERE c.key = what));
    IF spent IS NULL THEN RETURN; END IF;
    usage_id := nextval('token_usage_id_seq');
    {TAKE.format(ids="jsonb_build_array(usage_id)").strip()}
    balance := had - spent;
    INSERT INTO token_usage (id, user_id, action, tokens_spent, metadata, status, reason, balance_after, created_at)
    VALUES (usage_id, whose, what, spent, about, 'spent', '', balance, moment);
    INSERT INTO ledger_entries (user_id, lot_id, kind, tokens, balance_after, worth_cents, usage_id, created_at)
    VALUES (whose, lot.id, 'spend', -spent, balance,
        lot.paid_cents::bigint * lot.remaining / lot.tokens
        - lot.paid_cents::bigint * (lot.remaining + spent) / lot.tokens,
        usage_id, moment);
    INSERT INTO usage_totals AS t (user_id, action, tokens, count) VALUES (whose, what, spent, 1)
    ON CONFLICT (user_id, action) DO UPDATE SET tokens = t.tokens + excluded.tokens, count = t.count + 1;
END $$
"""  # noqa: S608  what is put in is above
SPEND_MANY = f"""
CREATE OR REPLACE FUNCTION spend_many_in_one_trip(
    whose bigint, whats text[], abouts jsonb[], named text, asked text, moment timestamptz,
    OUT usage_ids bigint[], OUT spents integer[], OUT balances bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    call_takes CONSTANT interval := NULL;  -- no program's call, and so not counted as one
    calls_ahead CONSTANT interval := NULL;
    total bigint := 0;
    had bigint;
    lot lots%ROWTYPE;
    wanted CONSTANT integer := array_length(whats, 1);
BEGIN
    SELECT array_agg(c.tokens ORDER BY w.place) INTO spents
    FROM unnest(whats) WITH ORDINALITY w(what, place) LEFT JOIN action_costs c ON c.key = w.what;
    FOR n IN 1..wanted LOOP
        total := total + spents[n];
        usage_ids[n] := nextval('token_usage_id_seq');
    END LOOP;
    IF total IS NULL THEN RETURN; END IF;
    {TAKE.format(ids="to_jsonb(usage_ids)").strip()}
    FOR n IN 1..wanted LOOP
        balances[n] := coalesce(balances[n - 1], had) - spents[n];
    END LOOP;
    INSERT INTO token_usage (id, user_id, action, tokens_spent, metadata, status, reason, balance_after, created_at)
    SELECT s.id, whose, s.what, s.spent, s.about, 'spent', '', s.balance, moment
    FROM unnest(usage_ids, whats, spents, abouts, balances) s(id, what, spent, about, balance);
    -- What the lot held after each item is what it holds at the end, and what the balance has yet to lose.
    INSERT INTO ledger_entries (user_id, lot_id, kind, tokens, balance_after, worth_cents, usage_id, created_at)
    SELECT whose, lot.id, 'spend', -s.spent, s.balance,
        lot.paid_cents::bigint * (lot.remaining + s.balance - had + total) / lot.tokens
        - lot.paid_cents::bigint * (lot.remaining + s.balance - had + total + s.spent) / lot.tokens,
        s.id, moment
    FROM unnest(usage_ids, spents, balances) s(id, spent, balance);
    INSERT INTO usage_totals AS t (user_id, action, tokens, count)
    SELECT whose, s.what, sum(s.spent), count(*) FROM unnest(whats, spents) s(what, spent) GROUP BY s.what
    ON CONFLICT (user_id, action) DO UPDATE SET tokens = t.tokens + excluded.tokens, count = t.count + excluded.count;
END $$
"""  # noqa: S608
COMPLETE = """
CREATE OR REPLACE FUNCTION complete_in_one_trip(
    event_name text, event_type text, version text, is_live boolean, event jsonb, moment timestamptz,
    pointer uuid, buyer text, subtotal integer, discount integer, total integer, money text, intent text, session text,
    letter text, OUT event_id bigint, OUT state text
) LANGUAGE plpgsql AS $$
DECLARE
    p purchases%ROWTYPE;
    balance bigint;
    lot_id bigint;
BEGIN
    -- The event first, as in the portable path: a second delivery waits here, and finds what the first has done.
    INSERT INTO stripe_events (stripe_id, type, api_version, livemode, payload, status, attempts, last_error,
        received_at, done_at)
    VALUES (event_name, event_type, version, is_live, event, 'done', 1, '', moment, moment)
    ON CONFLICT (stripe_id) DO NOTHING RETURNING id INTO event_id;
    IF NOT FOUND THEN
        SELECT e.id, e.status INTO event_id, state FROM stripe_events e WHERE e.stripe_id = event_name;
        RETURN;
    END IF;
    SELECT * INTO p FROM purchases o WHERE o.key = pointer AND o.type = 'tokens' AND NOT o.is_simulated
        AND o.status IN ('pending', 'processing', 'failed', 'expired')
        AND o.user_id::text = buyer AND o.amount_cents = subtotal AND o.currency = money
        AND o.amount_cents - discount = total AND coalesce(o.stripe_checkout_session_id, session) = session
        FOR UPDATE;
    IF FOUND AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.purchase_id = p.id)
        AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.purchase_id = p.id)
        AND NOT EXISTS (SELECT 1 FROM purchases o WHERE o.stripe_payment_intent_id = intent AND o.id <> p.id) THEN
        UPDATE wallets w SET balance = w.balance + p.tokens, updated_at = greatest(w.updated_at, moment)
        WHERE w.user_id = p.user_id AND w.debt = 0
            AND (w.due_at IS NULL OR w.due_at > greatest(moment, w.updated_at))
        RETURNING w.balance INTO balance;
    END IF;
    IF balance IS NULL THEN
        DELETE FROM stripe_events e WHERE e.id = event_id;
        RETURN;
    END IF;
    UPDATE purchases SET status = 'completed', completed_at = moment, paid_cents = total,
        stripe_payment_intent_id = intent, stripe_checkout_session_id = session WHERE id = p.id;
    INSERT INTO lots (user_id, purchase_id, tokens, remaining, paid_cents, currency, created_at)
    VALUES (p.user_id, p.id, p.tokens, p.tokens, total, p.currency, moment) RETURNING id INTO lot_id;
    INSERT INTO ledger_entries (user_id, lot_id, kind, tokens, balance_after, worth_cents, purchase_id, created_at)
    VALUES (p.user_id, lot_id, 'credit', p.tokens, balance, total, p.id, moment);
    INSERT INTO purchase_totals AS t (user_id, currency, purchases, tokens, cents)
    VALUES (p.user_id, p.currency, 1, p.tokens, total) ON CONFLICT (user_id, currency) DO UPDATE
    SET purchases = t.purchases + 1, tokens = t.tokens + excluded.tokens, cents = t.cents + excluded.cents;
    INSERT INTO mails (user_id, kind, about, subject, text, html, message_id, address, status, attempts, next_try_at,
        last_error, created_at)
    SELECT p.user_id, letter, 'purchase:' || p.id || ':completed', '', '', '', gen_random_uuid(), '', 'waiting', 0,
        moment, '', moment
    WHERE NOT EXISTS (SELECT 1 FROM muted_mails m WHERE m.user_id = p.user_id AND m.kind = letter)
    ON CONFLICT (about) DO NOTHING;
    state := 'done';
END $$
"""


def install(*, using: str, **kwargs: Any) -> None:
    """After every `migrate`: as they stand here, or, where `ONE_TRIP` is off, none."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for name, statement in {"spend": SPEND, "spend_many": SPEND_MANY, "complete": COMPLETE}.items():
            cursor.execute(statement if settings.ONE_TRIP else f"DROP FUNCTION IF EXISTS {name}_in_one_trip")
