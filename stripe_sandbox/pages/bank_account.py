"""The pretended bank's login, /c/pay/<session id>/bank-account: choose an account, and pay from it.

It stands where Stripe's Financial Connections would have the buyer sign in to the bank and share an account.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from stripe_sandbox import banks, payments, store
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages.checkout import address_of, finish
from stripe_sandbox.pages.rendering import cause, render, sandbox_page, see_other
from stripe_sandbox.pages.summary import Summary
from stripe_sandbox.payment_methods import Payer
from stripe_sandbox.payments import Outcome, SessionClosed


@require_http_methods(["GET", "HEAD", "POST"])
@sandbox_page
def page(request: HttpRequest, session_id: str) -> HttpResponse:
    try:
        if request.method == "POST":
            return finish(_pay(request, session_id))
        with store.reading() as db:
            session = payments.open_session(db, session_id)
    except SessionClosed:
        # Paid in another tab meanwhile: the page now says how it ended.
        return see_other(address_of(session_id))
    if "bank_buyer" not in session.private:
        return see_other(address_of(session_id) + "?method=bank")
    context = {"summary": Summary(session), "accounts": banks.ACCOUNTS, "routing_number": banks.ROUTING_NUMBER}
    return render(request, "bank_account", context)


def _pay(request: HttpRequest, session_id: str) -> Outcome:
    account = banks.account(request.POST.get("account"))
    with store.writing() as db:
        session = payments.open_session(db, session_id)
        buyer = session.private.get("bank_buyer")
        if account is None or buyer is None:
            raise StripeError("Choose one of the bank's accounts, and say first who pays.", param="account")
        return payments.pay(db, session, Payer(buyer["email"], buyer["name"], None, account), cause=cause())
