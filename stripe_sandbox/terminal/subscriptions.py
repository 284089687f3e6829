"""What time, staff, banks and customers do to a subscription, and the rules for refused renewals."""

from argparse import ArgumentParser
from typing import Any

from stripe_sandbox import currencies
from stripe_sandbox.billing.dunning import ENDS
from stripe_sandbox.documents import Body
from stripe_sandbox.terminal import server
from stripe_sandbox.terminal.verb import Verb

_ADDRESS = "/stripe-sandbox/api/"


def _add_subscription(parser: ArgumentParser) -> None:
    parser.add_argument("subscription", metavar="SUBSCRIPTION_ID")


def _add_failure(parser: ArgumentParser) -> None:
    _add_subscription(parser)
    parser.add_argument("--times", type=int, default=1, metavar="N", help="how many payments (default: %(default)s)")


def _add_cancel(parser: ArgumentParser) -> None:
    _add_subscription(parser)
    parser.add_argument("--at-period-end", action="store_true", help="let it run until then")


def _add_card(parser: ArgumentParser) -> None:
    _add_subscription(parser)
    parser.add_argument("--card", metavar="NUMBER", required=True, help="a test card, such as 4000000000000341")


def _add_invoice(parser: ArgumentParser) -> None:
    parser.add_argument("invoice", metavar="INVOICE_ID")
    parser.add_argument("--card", metavar="NUMBER", default="4242424242424242", help="(default: %(default)s)")
    parser.add_argument("--fail-3ds", action="store_true", help="fail 3-D Secure instead of passing it")


def _add_rules(parser: ArgumentParser) -> None:
    parser.add_argument("--retry-days", metavar="N,N,...", help="days from one try to the next; empty: no more tries")
    parser.add_argument("--finally", choices=ENDS, dest="finally_", help="what is left after the last try")


def _renew(options: dict[str, Any]) -> str:
    return _said("Renewed", server.post(_ADDRESS + "renew", subscription=options["subscription"]))


def _fail(options: dict[str, Any]) -> str:
    given = {name: options[name] for name in ("subscription", "times")}
    server.post(_ADDRESS + "fail-next-payment", **given)
    many = f"next {options['times']} payments" if options["times"] > 1 else "next payment"
    return f"The {many} of {options['subscription']} will be refused."


def _cancel(options: dict[str, Any]) -> str:
    at = "true" if options["at_period_end"] else "false"
    given = {"subscription": options["subscription"], "at_period_end": at}
    return _said("Canceled", server.post(_ADDRESS + "cancel-subscription", **given))


def _change_card(options: dict[str, Any]) -> str:
    given = {"subscription": options["subscription"], "card": options["card"].replace(" ", "")}
    return _said(f"Saved card {given['card'][-4:]} for", server.post(_ADDRESS + "change-card", **given))


def _pay_invoice(options: dict[str, Any]) -> str:
    card = options["card"].replace(" ", "")
    fails = "true" if options["fail_3ds"] else "false"
    invoice = server.post(_ADDRESS + "pay-invoice", invoice=options["invoice"], card=card, fail_3ds=fails)
    amount = currencies.shown(invoice["amount_paid"], invoice["currency"])
    return f"Paid {invoice['id']} {amount} with card {card[-4:]}: {invoice['status']}."


def _dunning(options: dict[str, Any]) -> str:
    given = {"retry_days": options["retry_days"], "finally": options["finally_"]}
    asked = {name: value for name, value in given.items() if value is not None}
    rules = server.post(_ADDRESS + "dunning", **asked) if asked else server.get(_ADDRESS + "dunning")
    return f"retry_days={','.join(map(str, rules['retry_days']))}\nfinally={rules['finally']}"


def _said(verb: str, subscription: Body) -> str:
    ends = " at its period's end" if subscription["cancel_at_period_end"] and verb == "Canceled" else ""
    return f"{verb} {subscription['id']}{ends}: {subscription['status']}."


VERBS = {
    "renew": Verb("let a subscription's period end, and what follows happen", _add_subscription, _renew),
    "fail-next-payment": Verb("have the next payment of a subscription refused", _add_failure, _fail),
    "cancel-subscription": Verb("cancel a subscription in the dashboard", _add_cancel, _cancel),
    "change-card": Verb("change the card of a subscription, as its customer", _add_card, _change_card),
    "pay-invoice": Verb("pay an open invoice on its page", _add_invoice, _pay_invoice),
    "dunning": Verb("show or set what follows a refused renewal", _add_rules, _dunning),
}
