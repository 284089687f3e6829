"""The promotion code of the hosted page, /c/pay/<session id>/promotion-code: entered, or taken back."""

from urllib.parse import urlencode

from werkzeug import Response

from stripe_sandbox.checkout import paying, promotion_codes
from stripe_sandbox.checkout.paying import SessionClosed
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages.checkout import address_of
from stripe_sandbox.pages.rendering import see_other
from stripe_sandbox.server.web import Request


def page(request: Request, session_id: str) -> Response:
    """POST applies or removes a promotion code and leads back to the Checkout page."""
    code = request.form.get("code", "")[:100]
    try:
        with request.store.writing() as db:
            session = paying.open_session(db, session_id)
            if "remove" in request.form:
                promotion_codes.remove(db, session)
            else:
                promotion_codes.apply(db, session, code)
    except SessionClosed:
        pass
    except StripeError as error:
        # Shown beside the field again, with what was typed.
        if error.error.get("param") != "code":
            raise
        return see_other(f"{address_of(session_id)}?{urlencode({'wrong_code': code})}")
    return see_other(address_of(session_id))
