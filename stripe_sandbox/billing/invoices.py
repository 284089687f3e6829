"""An invoice's life: draft -> open -> paid | void. Its PaymentIntent is made when it is finalized.

A total below zero becomes credit in the customer's balance, which later invoices use up first.
"""

from typing import Any

from stripe_sandbox.billing import alarms, invoice_payments
from stripe_sandbox.errors import StripeError, no_such
from stripe_sandbox.objects import documents, ids, shapes, updates
from stripe_sandbox.objects.documents import Body, Document
from stripe_sandbox.payments import intents
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause

HOUR = 3600
_DESCRIPTIONS = {"subscription_create": "Subscription creation"}


def draft(
    db: Database,
    subscription: Document,
    lines: list[Body],
    *,
    reason: str,
    cause: Cause,
    period: tuple[int, int] | None = None,
    finalizes_by_itself: bool = False,
) -> Document:
    """A draft invoice of these lines, with its event. `period` is its start and end in Unix seconds (default: now)."""
    now = clock.now(db)
    body = body_of(db, subscription, lines, reason=reason, period=period or (now, now))
    body |= {"id": ids.new("invoice")}
    body["lines"] = listing(body["id"], [line | {"invoice": body["id"]} for line in lines])
    invoice = Document("invoice", body)
    if finalizes_by_itself:
        body["automatically_finalizes_at"] = now + HOUR
        alarms.set(invoice, now + HOUR)
    documents.add(db, invoice)
    events.record(db, "invoice.created", invoice, cause=cause)
    return invoice


def body_of(db: Database, subscription: Document, lines: list[Body], *, reason: str, period: tuple[int, int]) -> Body:
    """The body of an invoice with these lines, without an id; also what a preview shows."""
    customer = customer_of(db, subscription.body["customer"]).body
    total = sum(line["amount"] for line in lines)
    due = max(0, total + customer["balance"])
    details = {"metadata": subscription.body["metadata"], "subscription": subscription.id}
    return shapes.new(
        "invoice",
        created=clock.now(db),
        amount_due=due,
        amount_remaining=due,
        billing_reason=reason,
        currency=subscription.body["currency"],
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_shipping=customer["shipping"],
        customer_tax_exempt=customer["tax_exempt"],
        footer=customer["invoice_settings"]["footer"],
        parent={"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        period_start=period[0],
        period_end=period[1],
        starting_balance=customer["balance"],
        subtotal=total,
        subtotal_excluding_tax=total,
        test_clock=subscription.body["test_clock"],
        total=total,
        total_excluding_tax=total,
    )


def finalize(db: Database, invoice: Document, *, cause: Cause, uses_credit: bool = True) -> None:
    """Number it, use the customer's credit, and ask for the rest."""
    customer = customer_of(db, invoice.body["customer"])
    balance: int = customer.body["balance"]
    owed = invoice.body["total"] + (balance if uses_credit else 0)
    left = min(0, owed) if uses_credit else balance
    invoice.body |= {
        "amount_due": max(0, owed),
        "amount_remaining": max(0, owed),
        "ending_balance": left,
        "number": f"{customer.body['invoice_prefix']}-{customer.body['next_invoice_sequence']:04d}",
        "starting_balance": balance,
    }
    _open(db, invoice)
    customer.body["next_invoice_sequence"] += 1
    updates.apply(db, customer, "customer.updated", cause=cause, balance=left)
    events.record(db, "invoice.finalized", invoice, cause=cause)
    if owed > 0:
        _ask_for_payment(db, invoice, cause=cause)


def _open(db: Database, invoice: Document) -> None:
    """From now on it has a page of its own, whose address is its key."""
    now, secret = clock.now(db), ids.random_text(24)
    address = f"{db.config.pages}/i/{invoice.id}"
    invoice.body |= {
        "automatically_finalizes_at": None,
        "effective_at": now,
        "hosted_invoice_url": f"{address}?secret={secret}",
        "invoice_pdf": f"{address}/pdf?secret={secret}",
        "status": "open",
        "status_transitions": invoice.body["status_transitions"] | {"finalized_at": now},
        "webhooks_delivered_at": now,
    }
    invoice.private["secret"] = secret
    alarms.set(invoice, None)
    documents.save(db, invoice)


def pay(db: Database, invoice: Document, *, amount: int, cause: Cause) -> None:
    """Mark the invoice as paid with `amount` in the smallest unit (0: nothing was due), with its events."""
    now = clock.now(db)
    invoice.body |= {
        "amount_paid": amount,
        "amount_remaining": 0,
        "attempted": True,
        "next_payment_attempt": None,
        "status": "paid",
        "status_transitions": invoice.body["status_transitions"] | {"paid_at": now},
    }
    alarms.set(invoice, None)
    documents.save(db, invoice)
    for type in ("invoice.paid", "invoice.payment_succeeded"):
        events.record(db, type, invoice, cause=cause)
    invoice_payments.pay(db, invoice, cause=cause)


def void(db: Database, invoice: Document, *, cause: Cause) -> None:
    """Void an open or uncollectible invoice and cancel its payments. Raises StripeError in another status."""
    if invoice.body["status"] not in ("open", "uncollectible"):
        raise StripeError(
            f"You can only pass in open or uncollectible invoices. This invoice is {invoice.body['status']}.",
            param="invoice",
        )
    invoice.body |= {
        "next_payment_attempt": None,
        "status": "void",
        "status_transitions": invoice.body["status_transitions"] | {"voided_at": clock.now(db)},
    }
    alarms.set(invoice, None)
    documents.save(db, invoice)
    events.record(db, "invoice.voided", invoice, cause=cause)
    intent = intent_of(db, invoice)
    if intent and intent.body["status"] != "canceled":
        intents.end(db, intent, reason="void_invoice", cause=cause)
    invoice_payments.cancel(db, invoice)


def stop_collecting(db: Database, subscription: Document, *, cause: Cause) -> None:
    """Stop charging the invoices of an ended subscription automatically; the customer may still pay them."""
    for invoice in of_subscription(db, subscription.id):
        if invoice.body["status"] in ("draft", "open"):
            alarms.set(invoice, None)
            fields: Body = {"auto_advance": False, "automatically_finalizes_at": None, "next_payment_attempt": None}
            updates.apply(db, invoice, "invoice.updated", cause=cause, **fields)


def intent_of(db: Database, invoice: Document) -> Document | None:
    """The PaymentIntent of an invoice; None before one is needed."""
    return documents.find(db, "payment_intent", invoice.private.get("payment_intent", ""))


def subscription_id(invoice: Document) -> str:
    """The id of the subscription an invoice belongs to."""
    return str(invoice.body["parent"]["subscription_details"]["subscription"])


def of_subscription(db: Database, id: str) -> list[Document]:
    """The invoices of the subscription with this id, oldest first."""
    return documents.about(db, "invoice", "parent.subscription_details.subscription", id)


def customer_of(db: Database, customer_id: str) -> Document:
    """The customer with this id. Raises StripeError (400) when there is none."""
    found = documents.find(db, "customer", customer_id)
    if found is None:
        raise no_such("customer", customer_id, param="customer", status=400)
    return found


def listing(invoice_id: str, lines: list[Body]) -> Body:
    """An invoice's lines as its list object."""
    url = f"/v1/invoices/{invoice_id}/lines"
    return {"object": "list", "data": lines, "has_more": False, "total_count": len(lines), "url": url}


def _ask_for_payment(db: Database, invoice: Document, *, cause: Cause) -> None:
    body = invoice.body
    fields: dict[str, Any] = {name: body[name] for name in ("currency", "customer")}
    intent = intents.create(
        db,
        {"invoice": invoice.id},
        cause=cause,
        amount=body["amount_due"],
        description=_DESCRIPTIONS.get(body["billing_reason"], "Subscription update"),
        setup_future_usage="off_session",
        **fields,
    )
    invoice.private["payment_intent"] = intent.id
    documents.save(db, invoice)
    invoice_payments.ask(db, invoice, intent)
