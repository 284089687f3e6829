"""Where a buyer is and which tax ID they have: asked on the hosted page before the amount is known."""

import re

from stripe_sandbox.catalogue import customers, taxes
from stripe_sandbox.checkout import promotion_codes
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import Body, Document, changes, documents, shapes
from stripe_sandbox.store import Database


def check_params(params: Body, customer: Document | None) -> None:
    """Raises StripeError where what a known customer would tell has no place to go."""
    update = params.get("customer_update", {})
    if customer is None:
        return
    if _is_on(params, "automatic_tax") and not _country(customer.body["address"]) and update.get("address") != "auto":
        raise StripeError(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to "
            "the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' "
            "to save the address entered in Checkout to the Customer.",
            code="customer_tax_location_invalid",
            param="automatic_tax",
        )
    if _is_on(params, "tax_id_collection") and update.get("name") != "auto":
        raise StripeError(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an "
            "existing customer, please set `customer_update[name]` to `auto`.",
            param="tax_id_collection",
        )


def start(db: Database, session: Document, params: Body, customer: Document | None) -> None:
    """What a new session asks for; with a customer whose address is known, the tax is known at once."""
    if _is_on(params, "tax_id_collection"):
        session.body["tax_id_collection"] = {"enabled": True, "required": "never", **params["tax_id_collection"]}
    if not _is_on(params, "automatic_tax"):
        return
    waits = {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": "requires_location_inputs"}
    session.body["automatic_tax"] = waits
    if customer and _country(customer.body["address"]):
        _take(db, session, customer.body["address"], [])
    else:
        documents.save(db, session)


def are_missing(session: Document) -> bool:
    """Whether the buyer must say first where they are."""
    return bool(session.body["automatic_tax"]["status"] == "requires_location_inputs")


def enter(db: Database, session: Document, *, country: str, postal_code: str, tax_id: str) -> None:
    """The buyer's country (two letters), postal code and perhaps tax ID. Raises StripeError that names the field."""
    if not re.fullmatch(r"[A-Z]{2}", country, re.ASCII):
        raise StripeError("Choose your country.", param="country")
    if not postal_code.strip():
        raise StripeError("Your postal code is missing.", param="postal_code")
    if tax_id and "tax_id_collection" not in session.body:
        raise StripeError("This Checkout Session asks for no tax ID.", param="tax_id")
    found = [taxes.tax_id(country, tax_id)] if tax_id else []
    _take(db, session, shapes.ADDRESS | {"country": country, "postal_code": postal_code.strip()}, found)


def keep(db: Database, session: Document) -> None:
    """The customer has what was told, once it is paid: the tax ID always, the address where the session says so."""
    details = session.body["customer_details"] or {}
    customer = documents.find(db, "customer", session.body["customer"])
    if customer is None:
        return
    is_own = session.body["customer_creation"] is not None
    if details.get("address") and (is_own or session.private["customer_update"].get("address") == "auto"):
        customers.update(db, customer, {"address": details["address"]})
    known = {each.body["value"] for each in documents.about(db, "tax_id", "customer", customer.id)}
    for each in details.get("tax_ids", []):
        if each["value"] not in known:
            owner = {"customer": customer.id, "type": "customer"}
            fields = {**each, "customer": customer.id, "owner": owner, "country": details["address"]["country"]}
            changes.make(db, "tax_id", "customer.tax_id.created", **fields)


def _take(db: Database, session: Document, address: Body, tax_ids: list[Body]) -> None:
    session.body["customer_details"] = session.body["customer_details"] | {"address": address, "tax_ids": tax_ids}
    session.body["automatic_tax"] = session.body["automatic_tax"] | {"status": "complete"}
    promotion_codes.work_out(db, session)


def _is_on(params: Body, name: str) -> bool:
    return bool(params.get(name, {}).get("enabled"))


def _country(address: Body | None) -> str | None:
    return (address or {}).get("country")
