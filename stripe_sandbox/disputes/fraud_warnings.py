"""Early fraud warnings: the card's issuer suspects fraud; a refund now may spare the dispute."""

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Document, changes, documents
from stripe_sandbox.store import Database

KIND = "radar.early_fraud_warning"


def warn(db: Database, charge: Document) -> Document:
    """An early fraud warning about a charge, with its event; returns the document."""
    if charge.body["payment_method_details"]["type"] != "card":
        raise StripeError(f"Charge {charge.id} was not made by card; only cards have early fraud warnings.")
    return changes.make(
        db,
        KIND,
        f"{KIND}.created",
        actionable=not (charge.body["refunded"] or charge.body["disputed"]),
        charge=charge.id,
        payment_intent=charge.body["payment_intent"],
    )


def close(db: Database, charge: Document) -> None:
    """The charge was refunded in full, or disputed: nothing is left to be done about its warnings."""
    for warning in documents.about(db, KIND, "charge", charge.id):
        changes.update(db, warning, f"{KIND}.updated", actionable=False)
