"""What the operator's page says about each thing, and what can be done with it."""

from typing import Any

from stripe_sandbox.billing import forced_declines, invoices, lines, subscriptions
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.checkout import line_items
from stripe_sandbox.disputes import disputes
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.pages import portal_lines
from stripe_sandbox.pages.rendering import shown_time
from stripe_sandbox.store import Database


def latest(db: Database, kind: str, *, limit: int) -> list[Document]:
    """The newest documents of a kind, at most `limit`."""
    rows = db.execute("SELECT * FROM document WHERE kind = ? ORDER BY seq DESC LIMIT ?", (kind, limit)).fetchall()
    return [documents.from_row(row) for row in rows]


def saved(db: Database, *, limit: int) -> list[Document]:
    """The payment methods that customers have saved, newest first, at most `limit`."""
    rows = db.execute(
        "SELECT * FROM document WHERE kind = 'payment_method' AND json_extract(body, '$.customer') IS NOT NULL "
        "ORDER BY seq DESC LIMIT ?",
        (limit,),
    ).fetchall()
    return [documents.from_row(row) for row in rows]


def of_session(session: Document) -> Body:
    """The operator's line about a Checkout Session, as template context."""
    body = session.body
    email = (body["customer_details"] or {}).get("email") or ""
    return _line(body, body["amount_total"]) | {
        "email": email,
        "payment_status": body["payment_status"],
        "saves": body["mode"] == "setup",
    }


def of_payment(db: Database, intent: Document) -> Body:
    """The operator's line about a PaymentIntent, as template context."""
    charge = documents.find(db, "charge", intent.body["latest_charge"])
    dispute = disputes.open_one(db, charge) if charge else None
    refunded = charge.body["amount_refunded"] if charge else 0
    line: dict[str, Any] = _line(intent.body, intent.body["amount"])
    return line | {
        "session": intent.private.get("session", ""),
        "refunded": currencies.shown(refunded, intent.body["currency"]) if refunded else "",
        "is_disputed": bool(charge and charge.body["disputed"]),
        "can_be_inquired_about": dispute is None,
        "can_be_disputed": dispute is None or _is_inquiry(dispute),
        "is_by_card": bool(charge and charge.body["payment_method_details"]["type"] == "card"),
        "waits_for_bank": intent.body["status"] == "requires_action" and "is_direct" in intent.private,
        "is_on_its_way": intent.body["status"] == "processing",
        "is_paid": intent.body["status"] == "succeeded",
        "is_all_refunded": bool(charge and charge.body["refunded"]),
    }


def of_refund(refund: Document) -> Body:
    """The operator's line about a refund, as template context."""
    status = refund.body["status"]
    return _line(refund.body, refund.body["amount"]) | {
        "payment": refund.body["payment_intent"],
        "is_pending": status == "pending",
        "can_fail": status in ("pending", "succeeded"),
    }


def of_dispute(dispute: Document) -> Body:
    """The operator's line about a dispute, as template context."""
    moves = dispute.body["balance_transactions"]
    moved = sum(transaction["amount"] for transaction in moves)
    return _line(dispute.body, dispute.body["amount"]) | {
        "payment": dispute.body["payment_intent"],
        "reason": dispute.body["reason"].replace("_", " "),
        "taken": currencies.shown(-moved, moves[0]["currency"]) if moved else "nothing",
        "is_inquiry": _is_inquiry(dispute),
        "is_open": disputes.is_open(dispute),
        "can_be_appealed": disputes.can_be_appealed(dispute),
    }


def of_subscription(db: Database, subscription: Document) -> Body:
    """The operator's line about a subscription, as template context."""
    body, (item, *_) = subscription.body, subscriptions.items_of(subscription)
    _, end = subscriptions.period_of(subscription)
    return _line(body, line_items.total(item["price"], item["quantity"])) | {
        "customer": body["customer"],
        "ends_at": shown_time(body["cancel_at"]) if body["cancel_at"] else "",
        "failures": forced_declines.waiting(db, body["customer"]),
        "is_alive": body["status"] not in (*subscriptions.OVER, "incomplete"),
        "period_end": shown_time(end),
        "plan": lines.name(db, item["price"]),
        "price": portal_lines.price(item["price"], quantity=item["quantity"]),
    }


def of_invoice(db: Database, invoice: Document) -> Body:
    """The operator's line about an invoice, as template context."""
    body, intent = invoice.body, invoices.intent_of(db, invoice)
    charge = documents.find(db, "charge", intent.body["latest_charge"]) if intent else None
    is_paid = bool(charge and body["status"] == "paid")
    return _line(body, body["amount_due"]) | {
        "is_all_refunded": bool(charge and charge.body["refunded"]),
        "next_attempt": shown_time(body["next_payment_attempt"]) if body["next_payment_attempt"] else "",
        "payment": intent.id if intent and is_paid else "",
        "reason": body["billing_reason"].removeprefix("subscription_"),
        "subscription": invoices.subscription_id(invoice),
        "url": body["hosted_invoice_url"],
    }


def _is_inquiry(dispute: Document) -> bool:
    return bool(dispute.body["status"].startswith("warning_"))


def of_card(method: Document) -> Body:
    """The operator's line about a payment method that a customer has saved, as template context."""
    body = method.body
    card = body.get("card") or body.get("us_bank_account") or {}
    brand = card.get("display_brand") or {"us_bank_account": "bank account"}.get(body["type"], body["type"])
    good_until = f"{card['exp_month']:02} / {card['exp_year']}" if "exp_month" in card else ""
    found = {"customer": body["customer"], "last4": card.get("last4", ""), "brand": brand, "good_until": good_until}
    return {"id": body["id"], "at": shown_time(body["created"]), **found}


def _line(body: Body, amount: int | None) -> Body:
    return {
        "id": body["id"],
        "at": shown_time(body["created"]),
        "amount": "" if amount is None else currencies.shown(amount, body["currency"]),
        "status": body["status"].replace("_", " "),
    }
