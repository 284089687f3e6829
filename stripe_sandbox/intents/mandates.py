"""Mandates: a customer's leave to take money from a bank account. active -> inactive, when the account is detached."""

from stripe_sandbox.errors import missing
from stripe_sandbox.objects import Body, Document, changes, documents
from stripe_sandbox.store import Database, clock

# What takes money only with one; a card has none.
_TYPES = ("us_bank_account",)


def require(db: Database, method: Document, given: Body | None, *, is_for_later: bool) -> str | None:
    """The id of the method's mandate: the one it has, or a new one from `mandate_data`. None for what needs none.

    Raises StripeError where the customer has agreed to nothing.
    """
    if method.body["type"] not in _TYPES:
        return None
    if given is None and "mandate" in method.private:
        return str(method.private["mandate"])
    if given is None:
        raise missing("mandate_data")
    return accept(db, method, given["customer_acceptance"], is_for_later=is_for_later)


def accept(db: Database, method: Document, acceptance: Body | None = None, *, is_for_later: bool) -> str | None:
    """The customer agrees, on a hosted page if nothing else is said; gives the mandate's id."""
    if method.body["type"] not in _TYPES:
        return None
    here: Body = {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "Stripe sandbox"}}
    kind = method.body["type"]
    mandate = changes.make(
        db,
        "mandate",
        customer_acceptance={"accepted_at": clock.now(db), **(acceptance or here)},
        payment_method=method.id,
        payment_method_details={"type": kind, kind: {}},
        type="multi_use" if is_for_later else "single_use",
    )
    method.private["mandate"] = mandate.id
    documents.save(db, method)
    return mandate.id


def end(db: Database, method: Document) -> None:
    """Nothing may be taken from the account any more."""
    mandate = documents.find(db, "mandate", method.private.pop("mandate", None))
    if mandate:
        documents.save(db, method)
        changes.update(db, mandate, "mandate.updated", status="inactive")
