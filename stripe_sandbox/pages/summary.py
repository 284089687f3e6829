"""A session as its pages show it: what is bought, what it costs, where the buyer goes next."""

from dataclasses import dataclass

from stripe_sandbox.billing import periods
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.checkout import billing_details, promotion_codes, sessions
from stripe_sandbox.objects import Document

_VERBS = {"book": "Book", "donate": "Donate", "subscribe": "Subscribe"}


@dataclass(frozen=True)
class Line:
    name: str
    quantity: int
    each: str
    amount: str


class Summary:
    def __init__(self, session: Document) -> None:
        self._session = session
        body = session.body
        self.id: str = session.id
        self.merchant = sessions.merchant(session)
        self.saves = body["mode"] == "setup"
        self.total = "" if self.saves else currencies.shown(body["amount_total"], body["currency"])
        self.every = _every(session)
        self.is_free = body["amount_total"] == 0
        self.takes_codes = bool(body["allow_promotion_codes"])
        self.promotion_code = promotion_codes.code_of(session)
        self.discount = _discount(session)
        self.tax = _tax(session)
        self.asks_where = billing_details.are_missing(session)
        self.asks_tax_id = "tax_id_collection" in body
        self.verb = _VERBS.get(body["submit_type"], "Subscribe" if self.every else "Pay")
        self.cancel_url: str | None = body["cancel_url"]
        self.takes_card = "card" in body["payment_method_types"]
        self.takes_bank = "us_bank_account" in body["payment_method_types"]
        self.is_on_its_way = (body["status"], body["payment_status"]) == ("complete", "unpaid")
        self.is_bounced = "is_bounced" in session.private
        self.takes_link = "link" in body["payment_method_types"]
        said = body["custom_text"]
        self.messages = [said[name]["message"] for name in ("submit", "after_submit") if said[name]]

    @property
    def lines(self) -> list[Line]:
        return [
            Line(
                name=item["description"],
                quantity=item["quantity"],
                each=currencies.shown(round(item["amount_subtotal"] / item["quantity"]), item["currency"]),
                amount=currencies.shown(item["amount_subtotal"], item["currency"]),
            )
            for item in self._session.private["line_items"]
        ]

    @property
    def place(self) -> dict[str, str]:
        """The country, postal code and tax ID that the buyer gave for the tax."""
        details = self._session.body["customer_details"] or {}
        address = details.get("address") or {}
        found = {name: address.get(name) or "" for name in ("country", "postal_code")}
        return found | {"tax_id": "".join(each["value"] for each in details.get("tax_ids") or [])}

    @property
    def email(self) -> str | None:
        return (self._session.body["customer_details"] or {}).get("email")

    @property
    def fixed_email(self) -> str | None:
        """A customer's own address, or the one the shop sent, cannot be changed while paying."""
        return self.email if self._session.body["customer"] or self._session.body["customer_email"] else None

    @property
    def success_url(self) -> str:
        url: str = self._session.body["success_url"]
        return url.replace("{CHECKOUT_SESSION_ID}", self.id).replace("%7BCHECKOUT_SESSION_ID%7D", self.id)


def _tax(session: Document) -> str:
    """The tax once it is known, also where it is none; "" for a session that works out none."""
    body = session.body
    if not body["automatic_tax"]["enabled"] or billing_details.are_missing(session):
        return ""
    shown = currencies.shown(body["total_details"]["amount_tax"], body["currency"])
    return f"{shown} included" if _is_included(session) else shown


def _discount(session: Document) -> str:
    details = session.body["total_details"]
    return currencies.shown(details["amount_discount"], session.body["currency"]) if details else ""


def _is_included(session: Document) -> bool:
    taxes = [tax for item in session.private["line_items"] for tax in item["taxes"]]
    return bool(taxes) and all(tax["rate"]["inclusive"] for tax in taxes)


def _every(session: Document) -> str:
    """per month, for a subscription; else nothing."""
    items = session.private["line_items"]
    recurring = items[0]["price"]["recurring"] if items else None
    return periods.in_words(recurring) if recurring else ""
