"""A Checkout Session's life: open -> complete | expired."""

from urllib.parse import urlsplit

from stripe_sandbox.billing import payment_invoices, signup
from stripe_sandbox.catalogue import currencies, customers
from stripe_sandbox.checkout import billing_details, checkout_modes, line_items, promotion_codes
from stripe_sandbox.errors import StripeError
from stripe_sandbox.intents import setting_up
from stripe_sandbox.objects import Body, Document, changes, documents, ids, shapes
from stripe_sandbox.store import Database, clock
from stripe_sandbox.webhooks import events

_DAY = 24 * 3600
_SHORTEST = 30 * 60
# Answered as they were sent; everything else is worked out below. What Stripe would act on is acted on elsewhere.
_ECHOED = (
    "adaptive_pricing allow_promotion_codes allowed_payment_method_types billing_address_collection "
    "cancel_url client_reference_id customer customer_email excluded_payment_method_types locale origin_context "
    "phone_number_collection submit_type success_url wallet_options integration_identifier"
).split()
_SAVED_METHODS = {
    "allow_redisplay_filters": ["always"],
    "payment_method_remove": "disabled",
    "payment_method_save": None,
}
_KEPT = (*checkout_modes.DATA, "customer_update", "payment_method_data")
_CONSENT = dict.fromkeys(("payment_method_reuse_agreement", "promotions", "terms_of_service"))
_BRANDING = {
    "background_color": "#ffffff",
    "border_style": "rounded",
    "button_color": "#0b5bd3",
    "display_name": "",
    "font_family": "default",
    "icon": None,
    "logo": None,
}


def create(db: Database, fields: Body) -> Document:
    """A new Checkout Session from checked parameters; returns the document. Raises StripeError."""
    customer = _customer(db, fields)
    billing_details.check_params(fields, customer)
    items, mode = line_items.build(db, fields.get("line_items", [])), fields["mode"]
    checkout_modes.check_prices(mode, items)
    currency = items[0]["currency"] if items else fields.get("currency")
    total = sum(item["amount_total"] for item in items) if items else None
    _refuse_small_amount(total or 0, currency or "")
    session_id = ids.new("checkout.session")
    body = shapes.new(
        "checkout.session",
        id=session_id,
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        customer_creation=checkout_modes.customer_creation(fields, has_customer=customer is not None),
        customer_details=_details(fields.get("customer_email") or (customer.body["email"] if customer else None))
        | ({"tax_exempt": customer.body["tax_exempt"]} if customer else {}),
        expires_at=_expiry(fields.get("expires_at"), now=clock.now(db)),
        metadata=fields.get("metadata"),
        mode=mode,
        payment_method_types=_payment_method_types(fields, currency),
        payment_status="unpaid" if total else "no_payment_required",
        url=f"{db.config.pages}/c/pay/{session_id}",
        **{name: fields[name] for name in _ECHOED if name in fields},
    )
    _add_options(body, fields)
    if body["allow_promotion_codes"]:
        promotion_codes.ship(db)
    if mode == "setup":
        body |= {"payment_method_collection": "always", "invoice_creation": None, "total_details": None}
        body["setup_intent"] = _setup_intent(db, body, fields).id
    private = {"line_items": items, **{name: fields.get(name, {}) for name in _KEPT}}
    session = changes.make(db, "checkout.session", private=private, due_at=body["expires_at"], **body)
    billing_details.start(db, session, fields, customer)
    return session


def _setup_intent(db: Database, body: Body, fields: Body) -> Document:
    """In setup mode it is there from the start; what it saves is for later payments."""
    named = {"customer": body["customer"], "payment_method_types": body["payment_method_types"]}
    return setting_up.create(db, {**named, **fields.get("setup_intent_data", {})}, session=body["id"])


def expire(db: Database, session: Document) -> Document:
    """Expire an open session, with its event; returns it. Raises StripeError in another status."""
    if session.body["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session.body['status']}`.",
            param="session",
        )
    session.due_at = None
    changes.change(db, session, "checkout.session.expired", status="expired", url=None)
    signup.give_up(db, session)
    if setup_intent := documents.find(db, setting_up.KIND, session.body["setup_intent"]):
        setting_up.end(db, setup_intent, reason="abandoned")
    return session


def give_customer(db: Database, session: Document, *, email: str | None, name: str | None) -> None:
    """`customer_creation=always` makes a customer of a guest who pays; `customer_update` renames one who was known."""
    if checkout_modes.makes_customer(session.body) and not session.body["customer"]:
        session.body["customer"] = customers.create(db, {"email": email, "name": name}).id
    elif name and session.private.get("customer_update", {}).get("name") == "auto":
        known = documents.find(db, "customer", session.body["customer"])
        if known:
            customers.update(db, known, {"name": name})


def complete(
    db: Database, session: Document, *, email: str | None, name: str | None, is_on_its_way: bool = False
) -> str:
    """Close an open session whose payment went through, is on its way, or is not needed; gives its event's id."""
    paid = "unpaid" if is_on_its_way else "paid"
    session.body |= {
        "status": "complete",
        "payment_status": paid if session.body["amount_total"] else "no_payment_required",
        "url": None,
        "customer_details": _told(session, email, name),
        "collected_information": dict.fromkeys(("business_name", "individual_name", "shipping_details")),
    }
    session.due_at = None
    documents.save(db, session)
    billing_details.keep(db, session)
    if not is_on_its_way:
        payment_invoices.issue(db, session)
    # Stripe names no request here: its checkout page is not one of ours.
    with db.by_itself():
        return events.record(db, "checkout.session.completed", session)


def settle(db: Database, session: Document) -> None:
    """The payment of a complete session has arrived."""
    session.body["payment_status"] = "paid"
    payment_invoices.issue(db, session)
    changes.change(db, session, "checkout.session.async_payment_succeeded", payment_status="paid")


def _told(session: Document, email: str | None, name: str | None) -> Body:
    """What the buyer said of themself, with the place and the tax ID they gave before."""
    known: Body = session.body["customer_details"]
    if not email:
        return known
    kept = {field: known[field] for field in ("address", "tax_exempt", "tax_ids")} if known else {}
    return _details(email) | kept | {"name": name}


def merchant(session: Document) -> str:
    """The name on the hosted page: the brand that was sent, else where the buyer came from."""
    branding = session.body.get("branding_settings") or {}
    return str(branding.get("display_name") or urlsplit(session.body["success_url"]).netloc)


def _customer(db: Database, fields: Body) -> Document | None:
    if "customer" in fields and "customer_email" in fields:
        raise StripeError("You may only specify one of these parameters: customer, customer_email.", param="customer")
    if "customer" not in fields:
        return None
    if "customer_creation" in fields:
        raise StripeError("`customer_creation` can not be used when `customer` is provided.", param="customer_creation")
    return documents.require(db, "customer", fields["customer"], param="customer")


def _refuse_small_amount(total: int, currency: str) -> None:
    smallest = currencies.smallest_charge(currency)
    if 0 < total < smallest:
        raise StripeError(
            f"The Checkout Session's total amount due must add up to at least {currencies.shown(smallest, currency)} "
            f"{currency}",
            code="amount_too_small",
            param="line_items",
        )


def _expiry(wanted: int | None, *, now: int) -> int:
    if wanted is None:
        return now + _DAY
    # A minute of grace, because the client's clock is not this one.
    if wanted < now + _SHORTEST - 60:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if wanted > now + _DAY + 60:
        raise StripeError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return wanted


def _payment_method_types(fields: Body, currency: str | None) -> list[str]:
    """Dynamic payment methods: all that fit, but for those the shop excludes. American banks pay dollars, and here no
    subscriptions.
    """
    allowed = fields.get("allowed_payment_method_types")
    excluded = fields.get("excluded_payment_method_types", [])
    if fields.get("wallet_options", {}).get("link", {}).get("display") == "never":
        excluded = [*excluded, "link"]
    has_banks = currency == "usd" and fields["mode"] != "subscription"
    fitting = ("card", "link", "us_bank_account") if has_banks else ("card", "link")
    types = [type for type in fitting if type not in excluded and (not allowed or type in allowed)]
    if not types:
        raise StripeError(
            f"No payment method is left for this Checkout Session; for {currency or 'it'} the local Stripe sandbox has "
            f"{', '.join(fitting)}.",
            param="allowed_payment_method_types" if allowed else "excluded_payment_method_types",
        )
    return types


def _add_options(body: Body, fields: Body) -> None:
    """Options whose answer has more fields than the request."""
    body["custom_text"] |= fields.get("custom_text", {})
    body["payment_method_options"]["card"] |= fields.get("payment_method_options", {}).get("card", {})
    if "card" not in body["payment_method_types"]:
        del body["payment_method_options"]["card"]
    if "us_bank_account" in body["payment_method_types"]:
        body["payment_method_options"]["us_bank_account"] = {"verification_method": "automatic"}
    if body["mode"] == "subscription":
        # Every subscription here costs something, and then `if_required` collects a method too.
        collection = fields.get("payment_method_collection", "always")
        body |= {"payment_method_collection": collection, "invoice_creation": None}
    if asked := fields.get("invoice_creation"):
        data = body["invoice_creation"]["invoice_data"] | asked.get("invoice_data", {})
        body["invoice_creation"] = {"enabled": asked["enabled"], "invoice_data": data}
    if saved := fields.get("saved_payment_method_options"):
        body["saved_payment_method_options"] = _SAVED_METHODS | saved
    if consent := fields.get("consent_collection"):
        body["consent_collection"] = _CONSENT | consent
    if branding := fields.get("branding_settings"):
        body["branding_settings"] = _BRANDING | branding


def _details(email: str | None) -> Body:
    empty = dict.fromkeys(("address", "business_name", "individual_name", "name", "phone"))
    return {**empty, "email": email, "tax_exempt": "none", "tax_ids": []}
