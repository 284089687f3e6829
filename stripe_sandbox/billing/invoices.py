"""An invoice's life: draft -> open -> paid | void. Its PaymentIntent is made when it is finalized.

A total below zero becomes credit in the customer's balance, which later invoices use up first.
"""

from stripe_sandbox.billing import invoice_payments
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents, ids, shapes
from stripe_sandbox.payments import intents
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

HOUR = 3600
_DESCRIPTIONS = {"subscription_create": "Subscription creation"}


def draft(
    db: Database,
    subscription: Document,
    lines: list[Body],
    *,
    reason: str,
    period: tuple[int, int] | None = None,
    finalizes_by_itself: bool = False,
) -> Document:
    """A draft invoice of these lines, with its event. `period` is its start and end in Unix seconds (default: now)."""
    now = clock.now(db)
    body = body_of(db, subscription, lines, reason=reason, period=period or (now, now))
    invoice = Document("invoice", body)
    if finalizes_by_itself:
        body["automatically_finalizes_at"] = now + HOUR
        invoice.comes_due(now + HOUR)
    documents.add(db, invoice)
    events.record(db, "invoice.created", invoice)
    return invoice


def body_of(db: Database, subscription: Document, lines: list[Body], *, reason: str, period: tuple[int, int]) -> Body:
    """Not in the store yet; also what a preview shows."""
    customer = customer_of(db, subscription).body
    total = sum(line["amount"] for line in lines)
    due = max(0, total + customer["balance"])
    details = {"metadata": subscription.body["metadata"], "subscription": subscription.id}
    body = shapes.new(
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
    return body | {"lines": listing(body["id"], lines)}


def finalize(db: Database, invoice: Document, *, uses_credit: bool = True) -> None:
    """Number it, use the customer's credit, and ask for the rest."""
    customer = customer_of(db, invoice)
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
    changes.update(db, customer, "customer.updated", balance=left)
    events.record(db, "invoice.finalized", invoice)
    if owed > 0:
        _ask_for_payment(db, invoice)


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
    invoice.comes_due(None)
    documents.save(db, invoice)


def pay(db: Database, invoice: Document, *, amount: int) -> None:
    """`amount` was paid (0: there was nothing to pay)."""
    invoice.comes_due(None)
    changes.change(
        db,
        invoice,
        "invoice.paid",
        amount_paid=amount,
        amount_remaining=0,
        attempted=True,
        next_payment_attempt=None,
        status="paid",
        status_transitions=invoice.body["status_transitions"] | {"paid_at": clock.now(db)},
    )
    events.record(db, "invoice.payment_succeeded", invoice)
    invoice_payments.pay(db, invoice)


def void(db: Database, invoice: Document) -> None:
    """Void an open or uncollectible invoice and cancel its payments. Raises StripeError in another status."""
    if invoice.body["status"] not in ("open", "uncollectible"):
        raise StripeError(
            f"You can only pass in open or uncollectible invoices. This invoice is {invoice.body['status']}.",
            param="invoice",
        )
    invoice.comes_due(None)
    transitions = invoice.body["status_transitions"] | {"voided_at": clock.now(db)}
    changes.change(
        db, invoice, "invoice.voided", next_payment_attempt=None, status="void", status_transitions=transitions
    )
    intent = intent_of(db, invoice)
    if intent and intent.body["status"] != "canceled":
        intents.end(db, intent, reason="void_invoice")
    invoice_payments.cancel(db, invoice)


def stop_collecting(db: Database, subscription: Document) -> None:
    """The subscription has ended: what is unpaid stays so, unless the customer pays it."""
    for invoice in of_subscription(db, subscription.id):
        if invoice.body["status"] in ("draft", "open"):
            invoice.comes_due(None)
            fields: Body = {"auto_advance": False, "automatically_finalizes_at": None, "next_payment_attempt": None}
            changes.update(db, invoice, "invoice.updated", **fields)


def intent_of(db: Database, invoice: Document) -> Document | None:
    """The PaymentIntent of an invoice; None before one is needed."""
    return documents.find(db, "payment_intent", invoice.private.get("payment_intent"))


def subscription_id(invoice: Document) -> str:
    """The id of the subscription an invoice belongs to."""
    return str(invoice.body["parent"]["subscription_details"]["subscription"])


def of_subscription(db: Database, id: str) -> list[Document]:
    """The invoices of the subscription with this id, oldest first."""
    return documents.about(db, "invoice", "parent.subscription_details.subscription", id)


def customer_of(db: Database, owned: Document) -> Document:
    """Whose subscription, invoice or session of the portal or the checkout it is."""
    return documents.require(db, "customer", owned.body["customer"], param="customer")


def listing(invoice_id: str, lines: list[Body]) -> Body:
    """An invoice's lines as its list object."""
    data = [line | {"invoice": invoice_id} for line in lines]
    return documents.listing(data, f"/v1/invoices/{invoice_id}/lines") | {"total_count": len(data)}


def _ask_for_payment(db: Database, invoice: Document) -> None:
    body = invoice.body
    intent = intents.create(
        db,
        {"invoice": invoice.id},
        amount=body["amount_due"],
        currency=body["currency"],
        customer=body["customer"],
        description=_DESCRIPTIONS.get(body["billing_reason"], "Subscription update"),
        setup_future_usage="off_session",
    )
    invoice.private["payment_intent"] = intent.id
    documents.save(db, invoice)
    invoice_payments.ask(db, invoice, intent)
