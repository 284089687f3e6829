"""Early fraud warnings: the card's issuer suspects fraud; a refund now may spare the dispute."""

from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import documents, ids, shapes
from stripe_sandbox.objects.documents import Document
from stripe_sandbox.store import clock
from stripe_sandbox.store.store import Database
from stripe_sandbox.webhooks import events
from stripe_sandbox.webhooks.events import Cause


def warn(db: Database, charge: Document, *, cause: Cause) -> Document:
    """An early fraud warning about a charge, with its event; returns the document."""
    if charge.body["payment_method_details"]["type"] != "card":
        raise StripeError(f"Charge {charge.id} was not made by card; only cards have early fraud warnings.")
    body = shapes.new(
        "radar.early_fraud_warning",
        id=ids.new("radar.early_fraud_warning"),
        created=clock.now(db),
        actionable=not (charge.body["refunded"] or charge.body["disputed"]),
        charge=charge.id,
        payment_intent=charge.body["payment_intent"],
    )
    warning = documents.add(db, Document("radar.early_fraud_warning", body))
    events.record(db, "radar.early_fraud_warning.created", warning, cause=cause)
    return warning


def close(db: Database, charge: Document, *, cause: Cause) -> None:
    """The charge was refunded in full, or disputed: nothing is left to be done about its warnings."""
    for warning in documents.about(db, "radar.early_fraud_warning", "charge", charge.id):
        if warning.body["actionable"]:
            warning.body["actionable"] = False
            documents.save(db, warning)
            events.record(db, "radar.early_fraud_warning.updated", warning, cause=cause, previous={"actionable": True})
