"""The promotion code of the hosted page, /c/pay/<session id>/promotion-code: entered, or taken back."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from stripe_sandbox import payments, promotion_codes, store
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages.checkout import address_of
from stripe_sandbox.pages.rendering import sandbox_page, see_other
from stripe_sandbox.payments import SessionClosed


@require_POST
@sandbox_page
def page(request: HttpRequest, session_id: str) -> HttpResponse:
    code = request.POST.get("code", "")[:100]
    try:
        with store.writing() as db:
            session = payments.open_session(db, session_id)
            if "remove" in request.POST:
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
