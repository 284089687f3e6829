"""The buttons of the operator's page: the same verbs, with the same parameters, as the terminal's."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from stripe_sandbox import faults, store, worker
from stripe_sandbox.api import dispute_verbs, fault_verbs, refund_verbs, subscription_verbs, verbs
from stripe_sandbox.api.endpoints import Call, Endpoint
from stripe_sandbox.documents import Body
from stripe_sandbox.errors import StripeError
from stripe_sandbox.pages.rendering import cause, sandbox_page, see_other

_TABLES = (verbs, refund_verbs, dispute_verbs, fault_verbs, subscription_verbs)
_ENDPOINTS = {
    endpoint.path.rpartition("/")[2]: endpoint
    for table in _TABLES
    for endpoint in table.ENDPOINTS
    if endpoint.method == "POST"
}
_CLEARED = ("retry_days",)
_FLAGS = ("duplicate", "shuffle", "two_ids")


@require_POST
@sandbox_page
def do(request: HttpRequest, verb: str) -> HttpResponse:
    if verb not in _ENDPOINTS:
        raise StripeError(f"The sandbox has no verb {verb}.", status=404)
    endpoint = _ENDPOINTS[verb]
    given = {name: str(value) for name, value in request.POST.items() if name in endpoint.fields}
    # A field left empty asks for nothing, except where empty is an answer.
    given = {name: value for name, value in given.items() if value or name in _CLEARED}
    return _done(verb, _run(endpoint, given))


@require_POST
@sandbox_page
def switch_faults(request: HttpRequest) -> HttpResponse:
    """The whole form: a box that is not ticked is a switch that is off."""
    given = {name: "true" if name in request.POST else "false" for name in _FLAGS}
    given["drop"] = request.POST.get("drop", "").strip()
    given["delay"] = request.POST.get("delay") or "0"
    given["give_up_after"] = request.POST.get("give_up_after") or str(faults.ATTEMPTS)
    _run(_ENDPOINTS["faults"], given)
    return _done("faults", {})


def _run(endpoint: Endpoint, given: dict[str, str]) -> Body:
    params = endpoint.params.read(given) or {}
    with store.writing() as db:
        return endpoint.handle(Call(db, endpoint.path, "", params, cause()))


def _done(verb: str, body: Body) -> HttpResponse:
    worker.call()
    query = urlencode({"done": verb, "id": body.get("id", "")})
    return see_other(f"{reverse('stripe_sandbox:operator')}?{query}")
