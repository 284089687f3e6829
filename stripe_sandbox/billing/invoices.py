"""An invoice's life: draft -> open -> paid | void. Its PaymentIntent is made when it is finalized.

A total below zero becomes credit in the customer's balance, which later invoices use up first.
"""

from typing import Any

from stripe_sandbox.billing import invoice_payments, invoice_taxes
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
    details = {"metadata": subscription.body["metadata"], "subscription": subscription.id}
    customer = customer_of(db, subscription)
    return new(
        db,
        customer,
        invoice_taxes.on_lines(db, subscription, customer, lines),
        billing_reason=reason,
        currency=subscription.body["currency"],
        parent={"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        period_start=period[0],
        period_end=period[1],
        test_clock=subscription.body["test_clock"],
        **invoice_taxes.fields_of(db, subscription, customer),
    )


def new(db: Database, to: Document, lines: list[Body], **fields: Any) -> Body:
    """An invoice to this customer, not in the store yet; its sums are those of the lines."""
    customer = to.body
    subtotal, discounts = sum(line["amount"] for line in lines), sum(map(discount_of, lines))
    net, total = _taxed(subtotal - discounts, lines)
    due = max(0, total + customer["balance"])
    body = shapes.new(
        "invoice",
        created=clock.now(db),
        amount_due=due,
        amount_remaining=due,
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_shipping=customer["shipping"],
        customer_tax_exempt=customer["tax_exempt"],
        footer=customer["invoice_settings"]["footer"],
        starting_balance=customer["balance"],
        subtotal=subtotal,
        subtotal_excluding_tax=net + discounts,
        total=total,
        total_excluding_tax=net,
        total_taxes=invoice_taxes.summed(lines),
        **fields,
    )
    return body | {"lines": listing(body["id"], lines)}


def discount_of(line: Body) -> int:
    """What discounts take off an invoice line, in the smallest unit."""
    return sum(each["amount"] for each in line["discount_amounts"])


def _taxed(amount: int, lines: list[Body]) -> tuple[int, int]:
    """An amount (smallest unit) without the taxes of these lines, and with them."""
    taxes = [tax for line in lines for tax in line["taxes"]]
    inclusive, exclusive = (
        sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == behavior)
        for behavior in ("inclusive", "exclusive")
    )
    return amount - inclusive, amount + exclusive


def finalize(db: Database, invoice: Document, *, uses_credit: bool = True, intent: Document | None = None) -> None:
    """Number it, use the customer's credit, and ask for the rest: with `intent`, where that is what pays it."""
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
        _ask_for_payment(db, invoice, intent)


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
    """The id of the subscription an invoice belongs to; "" for one of a payment."""
    parent: Body = invoice.body["parent"] or {}
    return str(parent["subscription_details"]["subscription"]) if parent else ""


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


def _ask_for_payment(db: Database, invoice: Document, intent: Document | None) -> None:
    intent = intent or _intent_for(db, invoice)
    invoice.private["payment_intent"] = intent.id
    documents.save(db, invoice)
    invoice_payments.ask(db, invoice, intent)


def _intent_for(db: Database, invoice: Document) -> Document:
    body = invoice.body
    return intents.create(
        db,
        {"invoice": invoice.id},
        amount=body["amount_due"],
        currency=body["currency"],
        customer=body["customer"],
        description=_DESCRIPTIONS.get(body["billing_reason"], "Subscription update"),
        setup_future_usage="off_session",
    )
