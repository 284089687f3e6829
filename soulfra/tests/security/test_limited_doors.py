"""What costs seconds or a call to Stripe has a limit for each customer, on pages and by the API together."""

import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver

from accounts.limits import counting
from accounts.models import LimitCount
from brands.models import Brand, CsvImport
from brands.testing.csv_files import csv_of
from memberships.testing.members import Member
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase
from tokens.stripe_api.admission import Admission
from tokens.web.refusals import problem_type

pytestmark = pytest.mark.django_db
CUSTOMERS = {"tokens", "memberships", "brands", "tokens_api", "memberships_api", "brands_api"}
PURCHASE = "/api/tokens/purchase"


@pytest.fixture(autouse=True)
def one_a_minute(settings):
    settings.UPLOADS_PER_MINUTE = settings.PREVIEWS_PER_MINUTE = settings.STRIPE_REQUESTS_PER_MINUTE = 1


@pytest.fixture
def asks_stripe(monkeypatch):
    """Whether what is done with it asks Stripe anything."""
    asked, enter = [], Admission._enter

    def counted(admission):
        asked.append(1)
        enter(admission)

    monkeypatch.setattr(Admission, "_enter", counted)

    def does(work):
        asked.clear()
        work()
        return bool(asked)

    return does


def use_up(user, limit="stripe_requests"):
    assert counting.take(limit, str(user.pk), per_minute=1) == 0


def free(user, limit="stripe_requests"):
    LimitCount.objects.filter(key=f"{limit}:{user.pk}").update(until=time.time())


def csv():
    return SimpleUploadedFile("mine.csv", csv_of("ocean.com"))


def assert_is_refused(answer, what, *, seconds=60):
    assert answer.status_code == 429
    assert seconds / 2 < int(answer["Retry-After"]) <= seconds  # the clock goes on
    detail = f"Too many {what}. Retry in {answer['Retry-After']} seconds."
    if answer["Content-Type"] == "application/problem+json":
        assert answer.json()["detail"] == detail
        assert answer.json()["type"] == problem_type("too-many-requests")
    else:
        assert detail in " ".join(answer.content.decode().split())


STRIPE_PAGES = [
    ("post", "/tokens/purchase", {"package": "pro"}),
    ("get", "/tokens/success?session_id=cs_1", {}),
    ("post", "/membership/checkout", {"plan": "pro"}),
    ("get", "/membership/success?session_id=cs_1", {}),
    ("post", "/membership/change", {"plan": "premium"}),
    ("post", "/membership/cancel", {}),
    ("post", "/membership/resume", {}),
    ("post", "/membership/portal", {}),
]
STRIPE_CALLS = [
    (PURCHASE, {"package": "pro"}),
    ("/api/memberships/checkout", {"plan": "pro"}),
    ("/api/memberships/change", {"plan": "premium"}),
    ("/api/memberships/cancel", {}),
    ("/api/memberships/resume", {}),
    ("/api/memberships/portal", {}),
]
PAYMENTS = "payment requests in a short time; nothing has changed"


@pytest.mark.parametrize(("method", "path", "form"), STRIPE_PAGES, ids=lambda value: str(value)[:30])
def test_a_page_that_asks_stripe_is_limited(alice_page, alice, asks_stripe, method, path, form):
    use_up(alice)
    answers = []
    assert not asks_stripe(lambda: answers.append(getattr(alice_page, method)(path, form)))
    assert_is_refused(answers[0], PAYMENTS)


@pytest.mark.parametrize(("path", "body"), STRIPE_CALLS, ids=lambda value: str(value)[:30])
def test_a_call_that_asks_stripe_is_limited(api, alice, asks_stripe, path, body):
    use_up(alice)
    answers = []
    assert not asks_stripe(lambda: answers.append(api(alice).post(path, body)))
    assert_is_refused(answers[0], PAYMENTS)


def visits(alice_page, client, session_id):
    """Every door of customers, as pages and by API, with what each may want."""
    query = {"session_id": session_id, "plan": "premium", "package": "pro"}
    for (app, name), path in sorted(addresses(get_resolver()), key=str):
        yield f"GET {app}:{name}", lambda path=path: alice_page.get(path, query)
        body = {"plan": "premium"} if "memberships" in app else {"package": "starter"}
        if app.endswith("_api"):
            yield f"POST {app}:{name}", lambda path=path, body=body: client.post(path, body)
            yield f"POST {app}:{name} without a body", lambda path=path: client.post(path)
        else:
            yield f"POST {app}:{name}", lambda path=path: alice_page.post(path, query)


def addresses(resolver, prefix="", app=""):
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern, path, pattern.app_name or app)
        elif app in CUSTOMERS:
            yield (app, pattern.name), "/" + path.replace("<int:pk>", "1").replace("<uuid:pk>", "0" * 32)


def test_no_door_of_customers_asks_stripe_past_the_limit(settings, sandbox, api, alice, alice_page, asks_stripe):
    member = Member(sandbox, alice)
    member.subscribe("pro")
    bought, client = sandbox.buy(alice), api(alice)

    settings.STRIPE_REQUESTS_PER_MINUTE = 1
    settings.API_BURST = 10_000  # so many doors would use up the API's own throttle, and none would be refused by ours
    use_up(alice)
    doors = list(visits(alice_page, client, bought.stripe_checkout_session_id))
    assert [name for name, visit in doors if asks_stripe(visit)] == []

    settings.STRIPE_REQUESTS_PER_MINUTE = 1000
    free(alice)
    asking = {name for name, visit in doors if asks_stripe(visit)}
    assert asking >= {
        "GET tokens:success",
        "GET memberships:change",
        "POST tokens:purchase",
        "POST tokens_api:purchase",
        "POST memberships:portal",
        "POST memberships_api:portal without a body",
        "POST memberships_api:change",
    }


def test_pages_and_api_count_together_and_each_customer_alone(sandbox, api, alice, alice_page, bob):
    assert alice_page.post("/tokens/purchase", {"package": "pro"}).status_code == 303
    assert_is_refused(api(alice).post(PURCHASE, {"package": "pro"}), PAYMENTS)
    assert_is_refused(alice_page.get("/tokens/success?session_id=cs_1"), PAYMENTS)
    assert api(bob).post(PURCHASE, {"package": "pro"}).status_code == 200
    assert alice_page.get("/tokens/").status_code == 200


def test_a_refused_order_is_none_and_the_same_request_works_later(sandbox, api, alice):
    use_up(alice)
    client, key = api(alice), {"Idempotency-Key": "order-1"}

    assert client.post(PURCHASE, {"package": "pro"}, headers=key).status_code == 429
    assert Purchase.objects.count() == 0

    free(alice)
    ordered = client.post(PURCHASE, {"package": "pro"}, headers=key)
    assert ordered.status_code == 200
    free(alice)
    again = client.post(PURCHASE, {"package": "pro"}, headers=key)
    assert (again.json(), again["Idempotent-Replayed"]) == (ordered.json(), "true")
    assert Purchase.objects.count() == 1


def test_who_was_refused_on_the_success_page_reads_there_a_minute_later_what_was_bought(sandbox, alice_page, alice):
    bought = sandbox.buy(alice)
    sandbox.pay(bought)
    use_up(alice)
    path = f"/tokens/success?session_id={bought.stripe_checkout_session_id}"

    assert_is_refused(alice_page.get(path), PAYMENTS)
    assert get_token_balance(alice.pk) == 0
    free(alice)
    assert alice_page.get(path).status_code == 200
    assert get_token_balance(alice.pk) == 500


def test_files_are_counted_on_the_page_and_by_the_api_before_they_are_read(settings, api, alice, alice_page):
    settings.UPLOADS_PER_MINUTE = 4
    client = api(alice)
    assert alice_page.post("/domains/import", {"file": csv()}).status_code == 303
    assert alice_page.post("/domains/import", {"text": "junk"}).status_code == 400  # it was read, so it counts
    file, path = {"data": csv_of("sea.com"), "content_type": "text/csv"}, "/api/domains/import"
    assert client.post(f"{path}?dry_run=true", **file).status_code == 200
    assert client.post(path, **file).status_code == 202

    for answer in (
        alice_page.post("/domains/import", {"file": csv()}),
        alice_page.post("/domains/import", {"text": "domain\nsea.com"}),
        client.post(path, **file),
        client.post(f"{path}?dry_run=true", {"file": csv()}, format="multipart"),
    ):
        assert_is_refused(answer, "uploads", seconds=15)
    assert (CsvImport.objects.count(), Brand.objects.count()) == (2, 0)
    assert alice_page.get("/domains/import").status_code == 200


def test_previews_are_counted_and_an_import_under_way_may_be_watched(alice_page, alice):
    page = alice_page.post("/domains/import", {"file": csv()})["Location"]
    assert alice_page.get(page).status_code == 200
    assert_is_refused(alice_page.get(page), "previews")

    CsvImport.objects.update(status=CsvImport.Status.QUEUED)
    assert [alice_page.get(page).status_code for _ in range(3)] == [200] * 3


def test_the_sandbox_was_asked_for_real(sandbox, alice_page, alice):
    before = testing.events_since(None)
    alice_page.post("/membership/checkout", {"plan": "pro"})
    assert Purchase.objects.get().checkout_url
    assert testing.events_since(None) != before
