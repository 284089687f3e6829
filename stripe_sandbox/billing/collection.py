"""Collecting an open invoice: by itself with the saved card, or because the customer pays it on a page.

Whatever comes of it reaches the subscription from here: paid -> active, refused -> past_due, and at the end of the
retries what dunning.py says.
"""

from dataclasses import dataclass

from stripe_sandbox.billing import dunning, forced_declines, invoices, pending_updates, subscriptions
from stripe_sandbox.errors import StripeError
from stripe_sandbox.intents import actions
from stripe_sandbox.objects import Body, Document, documents
from stripe_sandbox.payments import charges, intents, payment_methods
from stripe_sandbox.payments.cards import Decline
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

_NO_METHOD = {
    "code": "invoice_no_payment_method_types",
    "message": "This customer has no attached payment source or default payment method. Please consider adding a "
    "default payment method.",
    "type": "invalid_request_error",
}


@dataclass(frozen=True)
class Attempt:
    """`error` says why it was refused; `needs_bank` that the customer must pass 3-D Secure first."""

    error: Body | None = None
    needs_bank: bool = False

    @property
    def is_paid(self) -> bool:
        return self.error is None and not self.needs_bank


def finalize_and_collect(db: Database, invoice: Document, *, method: Document | None = None) -> Attempt:
    """Finalize a draft invoice and try to pay it, with `method` or the customer's default; returns the attempt."""
    if _finalize(db, invoice):
        return Attempt()
    return collect(db, invoice, is_automatic=True, method=method)


def finalize_only(db: Database, invoice: Document) -> None:
    """Nothing is charged until somebody asks for it (`auto_advance=false`)."""
    invoice.body["auto_advance"] = False
    _finalize(db, invoice)


def _finalize(db: Database, invoice: Document) -> bool:
    """Whether it is paid by that, because nothing was owed."""
    invoices.finalize(db, invoice)
    if invoice.body["amount_due"]:
        return False
    settle(db, invoice)
    return True


def collect(db: Database, invoice: Document, *, is_automatic: bool, method: Document | None = None) -> Attempt:
    """Charge the saved payment method (or `method`) while the customer is not there."""
    intent = _require_intent(db, invoice)
    method = method or _saved_method(db, invoice)
    if method is None:
        refuse(db, invoice, is_automatic=is_automatic)
        return Attempt(_NO_METHOD)
    decline = forced_declines.take(db, invoice.body["customer"]) or payment_methods.decline_of(db, method)
    if decline is None and payment_methods.asks_bank_when_absent(method):
        intents.wait_for_bank(db, intent, method, action=actions.hosted(bank_page(invoice)))
        events.record(db, "invoice.payment_action_required", invoice)
        refuse(db, invoice, is_automatic=is_automatic)
        return Attempt(needs_bank=True)
    return charge(db, invoice, method, decline=decline, is_automatic=is_automatic)


def pay_present(db: Database, invoice: Document, method: Document) -> Attempt:
    """The customer pays on the invoice's page; a card that asks sends them to their bank first.

    A card that pays is the subscription's from then on.
    """
    if payment_methods.asks_bank(method):
        intents.wait_for_bank(db, _require_intent(db, invoice), method, action=actions.hosted(bank_page(invoice)))
        return Attempt(needs_bank=True)
    return _charge_present(db, invoice, method)


def charge(
    db: Database,
    invoice: Document,
    method: Document,
    *,
    decline: Decline | None,
    is_automatic: bool,
    is_authenticated: bool = False,
) -> Attempt:
    """Charge an open invoice with `method`, declined as `decline` says; returns the attempt.

    Amounts are the invoice's.
    """
    intent = _require_intent(db, invoice)
    charged = charges.take(db, intent, method, decline=decline, is_authenticated=is_authenticated)
    if charged.error:
        refuse(db, invoice, is_automatic=is_automatic)
        return Attempt(charged.error)
    settle(db, invoice)
    return Attempt()


def settle(db: Database, invoice: Document) -> None:
    """The money is there, or nothing was owed."""
    subscription = subscriptions.found(db, invoices.subscription_id(invoice))
    if subscription.body["status"] == "incomplete_expired":
        raise StripeError("The subscription of this invoice has expired.", param="invoice")
    if invoice.body["attempt_count"] == 0 and invoice.body["amount_due"]:
        invoice.body["attempt_count"] = 1
    invoices.pay(db, invoice, amount=invoice.body["amount_due"])
    is_latest = subscription.body["latest_invoice"] == invoice.id
    if subscription.private.get("pending_invoice") == invoice.id:
        pending_updates.apply(db, subscription)
    elif is_latest and subscription.body["status"] in ("incomplete", "past_due", "unpaid"):
        subscriptions.change(db, subscription, status="active")


def refuse(db: Database, invoice: Document, *, is_automatic: bool) -> None:
    """One attempt was refused; only those that the sandbox makes by itself move the plan of retries on."""
    body, is_first = invoice.body, invoice.body["attempt_count"] == 0
    body["attempted"] = True
    if is_automatic or is_first:
        body["attempt_count"] += 1
        body["next_payment_attempt"] = _next_attempt(db, invoice)
        invoice.comes_due(body["next_payment_attempt"])
    documents.save(db, invoice)
    events.record(db, "invoice.payment_failed", invoice)
    subscription = subscriptions.found(db, invoices.subscription_id(invoice))
    if subscription.body["status"] not in ("active", "past_due") or is_pending(subscription, invoice):
        return
    ends = dunning.current(db).finally_ if body["next_payment_attempt"] is None else "past_due"
    if ends == "cancel":
        with db.by_itself():
            subscriptions.end(db, subscription, reason="payment_failed")
    else:
        subscriptions.change(db, subscription, status=ends)


def is_pending(subscription: Document, invoice: Document) -> bool:
    """Whether the invoice only decides over a pending update."""
    return subscription.private.get("pending_invoice") == invoice.id


def come_due(db: Database, invoice: Document) -> None:
    """An hour after it was drafted, or when a retry is planned."""
    if invoice.body["status"] == "draft":
        finalize_and_collect(db, invoice)
    else:
        collect(db, invoice, is_automatic=True)


def waiting_for_bank(db: Database, invoice: Document) -> tuple[Document, Document] | None:
    """The PaymentIntent and payment method, while the customer must pass 3-D Secure."""
    is_open = invoice.body["status"] == "open"
    return intents.waiting_for_bank(db, invoices.intent_of(db, invoice)) if is_open else None


def answer_bank(db: Database, invoice: Document, *, is_approved: bool) -> Attempt:
    """The customer's answer at the bank: approve and pay, or fail the authentication; returns the attempt."""
    waiting = waiting_for_bank(db, invoice)
    if waiting is None:
        raise StripeError("This invoice does not wait for the bank.", param="invoice")
    intent, method = waiting
    if not is_approved:
        error = charges.fail_authentication(db, intent, method)
        refuse(db, invoice, is_automatic=False)
        return Attempt(error)
    return _charge_present(db, invoice, method, is_authenticated=True)


def bank_page(invoice: Document) -> str:
    """The address at which the customer confirms the payment of an invoice with the bank."""
    address, _, query = invoice.body["hosted_invoice_url"].partition("?")
    return f"{address}/bank?{query}"


def _charge_present(db: Database, invoice: Document, method: Document, *, is_authenticated: bool = False) -> Attempt:
    decline = payment_methods.decline_of(db, method)
    if decline is None:
        subscription = subscriptions.found(db, invoices.subscription_id(invoice))
        payment_methods.attach(db, method, invoice.body["customer"], is_set_up=True)
        if subscription.body["status"] not in subscriptions.OVER:
            subscriptions.change(db, subscription, default_payment_method=method.id)
    return charge(db, invoice, method, decline=decline, is_automatic=False, is_authenticated=is_authenticated)


def _next_attempt(db: Database, invoice: Document) -> int | None:
    """A first invoice is the buyer's to pay, and one of a pending update is void before any retry."""
    subscription = subscriptions.found(db, invoices.subscription_id(invoice))
    if invoice.body["billing_reason"] == "subscription_create" or is_pending(subscription, invoice):
        return None
    if not invoice.body["auto_advance"]:
        return None
    return dunning.current(db).next_attempt(invoice.body["attempt_count"], now=clock.now(db))


def _saved_method(db: Database, invoice: Document) -> Document | None:
    subscription = subscriptions.found(db, invoices.subscription_id(invoice))
    customer = invoices.customer_of(db, invoice).body
    saved = subscription.body["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return documents.find(db, "payment_method", saved)


def _require_intent(db: Database, invoice: Document) -> Document:
    intent = invoices.intent_of(db, invoice)
    if invoice.body["status"] != "open" or intent is None:
        status = invoice.body["status"]
        problem = (
            "Invoice is already paid"
            if status == "paid"
            else f"This invoice is {status}; only an open one can be paid."
        )
        raise StripeError(problem, param="invoice")
    return intent
