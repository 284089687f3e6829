"""The pretended bank's login, /c/pay/<session id>/bank-account: choose an account, and pay from it.

It stands where Stripe's Financial Connections would have the buyer sign in to the bank and share an account.
"""

from werkzeug import Response

from stripe_sandbox.checkout import paying
from stripe_sandbox.checkout.paying import Outcome, SessionClosed
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages.checkout import address_of, finish
from stripe_sandbox.pages.rendering import cause, render, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.payments import banks
from stripe_sandbox.payments.payment_methods import Payer
from stripe_sandbox.server.web import Request


def page(request: Request, session_id: str) -> Response:
    """The page on which a buyer pays from a bank account. 404 for an unknown session."""
    try:
        if request.method == "POST":
            return finish(request, _pay(request, session_id))
        with request.store.reading() as db:
            session = paying.open_session(db, session_id)
    except SessionClosed:
        # Paid in another tab meanwhile: the page now says how it ended.
        return see_other(address_of(session_id))
    if "bank_buyer" not in session.private:
        return see_other(address_of(session_id) + "?method=bank")
    context = {"summary": Summary(session), "accounts": banks.ACCOUNTS, "routing_number": banks.ROUTING_NUMBER}
    return render("bank_account", context)


def _pay(request: Request, session_id: str) -> Outcome:
    account = banks.account(request.form.get("account"))
    with request.store.writing() as db:
        session = paying.open_session(db, session_id)
        buyer = session.private.get("bank_buyer")
        if account is None or buyer is None:
            raise StripeError("Choose one of the bank's accounts, and say first who pays.", param="account")
        return paying.pay(db, session, Payer(buyer["email"], buyer["name"], None, account), cause=cause())
