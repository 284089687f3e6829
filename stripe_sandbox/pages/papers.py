"""What stands on the paper of an invoice or a credit note, as its page and its PDF show it."""

from stripe_sandbox.billing import invoices
from stripe_sandbox.catalogue import currencies
from stripe_sandbox.objects import Body
from stripe_sandbox.pages.pdf import Paper
from stripe_sandbox.pages.rendering import shown_time

NO_MONEY = "Made by the local Stripe sandbox: no real money."


def lines_of(body: Body) -> list[dict[str, str]]:
    """The lines of an invoice; one that is for a period says so."""
    return [
        {
            "name": line["description"] or "",
            "amount": currencies.shown(line["amount"], line["currency"]),
            "period": _period(line["period"]),
        }
        for line in body["lines"]["data"]
    ]


def sums_of(body: Body) -> list[tuple[str, str]]:
    """What stands between an invoice's lines and its amount due: discounts, tax and credit, where there are any."""
    discount = sum(invoices.discount_of(line) for line in body["lines"]["data"])
    found = [("Discount", -discount)] if discount else []
    found += [(_tax_name(tax), tax["amount"]) for tax in body["total_taxes"]]
    if body["total"] != body["amount_due"]:
        found.append(("From or to your credit", body["total"] - body["amount_due"]))
    return [(name, currencies.shown(amount, body["currency"])) for name, amount in found]


def ends_of(body: Body) -> list[tuple[str, str]]:
    """What an invoice comes to: due, paid, and refunded by credit notes."""
    return [(name, currencies.shown(amount, body["currency"])) for name, amount in _ends(body)]


def note_of(body: Body) -> dict[str, str]:
    """A credit note (plain data) in the list on its invoice's page."""
    return {
        "number": body["number"],
        "pdf": body["pdf"],
        "made_on": shown_time(body["created"])[:10],
        "amount": currencies.shown(body["total"], body["currency"]),
    }


def invoice(body: Body) -> Paper:
    """The paper of an invoice (plain data)."""
    paid_at = body["status_transitions"]["paid_at"]
    facts = [("Invoice number", body["number"]), ("Date of issue", shown_time(body["created"])[:10])]
    facts += [("Paid on", shown_time(paid_at)[:10])] if paid_at else [("Status", body["status"])]
    rows = [(f"{line['name']}, {line['period']}".removesuffix(", "), line["amount"]) for line in lines_of(body)]
    said = [f"{field['name']}: {field['value']}" for field in body["custom_fields"] or []]
    said += [text for text in (body["description"], body["footer"]) if text]
    return Paper(
        "Invoice", body["account_name"], facts + _to(body), rows, sums_of(body) + ends_of(body), [*said, NO_MONEY]
    )


def _ends(body: Body) -> list[tuple[str, int]]:
    ends = [("Amount due", body["amount_due"])]
    if body["status"] == "paid":
        ends.append(("Amount paid", body["amount_paid"]))
    credited = body["post_payment_credit_notes_amount"]
    return [*ends, ("Refunded by credit notes", -credited)] if credited else ends


def credit_note(body: Body, invoice: Body) -> Paper:
    """The paper of a credit note (plain data) of an invoice."""
    facts = [
        ("Credit note number", body["number"]),
        ("Of invoice", invoice["number"]),
        ("Date of issue", shown_time(body["created"])[:10]),
    ]
    rows = [
        (line["description"] or "", currencies.shown(line["amount"], body["currency"]))
        for line in body["lines"]["data"]
    ]
    taxes = [(_tax_name(tax), currencies.shown(tax["amount"], body["currency"])) for tax in body["total_taxes"]]
    total = ("Refunded", currencies.shown(body["total"], body["currency"]))
    notes = [body["memo"]] if body["memo"] else []
    return Paper(
        "Credit note", invoice["account_name"], facts + _to(invoice), rows, [*taxes, total], [*notes, NO_MONEY]
    )


def _to(invoice: Body) -> list[tuple[str, str]]:
    address = invoice["customer_address"] or {}
    place = " ".join(address[name] for name in ("postal_code", "city", "country") if address.get(name))
    said = (invoice["customer_name"], invoice["customer_email"], place)
    ids = [("Tax ID", each["value"]) for each in invoice["customer_tax_ids"]]
    return [("To", "\n".join(text for text in said if text)), *ids]


def _tax_name(tax: Body) -> str:
    if tax["taxability_reason"] == "reverse_charge":
        return "Tax to be paid on reverse charge basis"
    return "Tax, included" if tax["tax_behavior"] == "inclusive" else "Tax"


def _period(period: Body) -> str:
    begin, end = (shown_time(period[name])[:10] for name in ("start", "end"))
    return f"{begin} to {end}" if period["start"] != period["end"] else ""
