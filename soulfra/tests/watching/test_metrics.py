"""Figures for Prometheus: given to whoever may have them, and right."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts import api_keys
from brands.models import CsvImport
from soulfra.watching import metrics
from soulfra.watching.exposing import host_and_port
from soulfra.watching.settings_checks import address_of_metrics, token_of_metrics
from tokens import heartbeat
from tokens.emails import outbox
from tokens.ledger.posting import post_wallet
from tokens.models import AccountMail, LedgerCheck, Mail, Reconciliation, StripeEvent, TokenUsage, Wallet
from tokens.reports.ledger_check import check_slice
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.stripe_api.gateway import resource_in
from tokens.testing.watching import TRANSACTIONS
from tokens.timing import timed

TOKEN = "a-token-0f1e2d3c4b5a69788796"


@pytest.fixture
def figures(client, db, settings):
    """`figures()` is what Prometheus gets: (name, labels in the order of their names) -> value."""
    settings.METRICS_TOKEN = TOKEN

    def read():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3"})
        assert (answer.status_code, answer["Content-Type"]) == (200, metrics.CONTENT_TYPE)
        families = text_string_to_metric_families(answer.content.decode())
        samples = [sample for family in families for sample in family.samples]
        return {(each.name, *(value for _, value in sorted(each.labels.items()))): each.value for each in samples}

    return read


def requests_of(found, *labels):
    return found.get(("soulfra_request_seconds_count", *labels), 0)


# --- to whom -------------------------------------------------------------------------------------


def test_without_a_token_in_the_settings_there_is_no_such_page(client, db):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}", TOKEN, "Bearer é"])
def test_whoever_has_another_token_is_told_to_send_the_right_one(client, db, settings, given):
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.content.decode() == "Send METRICS_TOKEN as Authorization: Bearer.\n"


@pytest.mark.parametrize(
    ("token", "found"), [("", []), (TOKEN, []), ("short", ["soulfra.E070"]), ("é" * 40, ["soulfra.E070"])]
)
def test_a_token_that_could_be_guessed_is_refused_at_start(settings, token, found):
    settings.METRICS_TOKEN = token
    assert [check.id for check in token_of_metrics(None)] == found


@pytest.mark.parametrize(
    ("address", "parts"),
    [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:9464", ("::1", 9464)), ("worker:1", ("worker", 1))],
)
def test_an_address_has_a_host_and_a_port(settings, address, parts):
    settings.METRICS_ADDRESS = address
    assert (host_and_port(address), address_of_metrics(None)) == (parts, [])


@pytest.mark.parametrize(
    "address", ["9464", ":9464", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "http://a:1", "a:1/b"]
)
def test_what_is_no_address_is_refused_at_start(settings, address):
    settings.METRICS_ADDRESS = address
    assert [check.id for check in address_of_metrics(None)] == ["soulfra.E071"]


# --- requests and what others are asked ------------------------------------------------------------


@pytest.mark.parametrize("odd", [{}, {"Accept": "text/html, application/json"}], ids=["fast path", "REST framework"])
def test_spends_are_counted_under_their_route_on_either_path(client, alice, staff, figures, odd):
    grant(alice, tokens=1, reason="sorry", by=staff)
    headers = {"Authorization": f"Bearer {api_keys.issue(alice, name='CI')[1]}", **odd}
    before = figures()
    for _ in range(3):
        client.post("/api/tokens/spend", {"action": "import_domain"}, "application/json", headers=headers)
    after = figures()
    for status, times in (("200", 1), ("402", 2)):
        labels = "POST", "/api/tokens/spend", status
        assert requests_of(after, *labels) - requests_of(before, *labels) == times


def test_every_kind_of_address_has_one_route_and_strange_ones_share_one(client, figures):
    before = figures()
    for path in ("/tokens/", "/nope/1", "/nope/2", "/static/x.css", "/healthz"):
        client.get(path)
    client.generic("BREW", "/nope/3")
    after = figures()
    new = {
        key[1:]: value - before.get(key, 0) for key, value in after.items() if key[0] == "soulfra_request_seconds_count"
    }
    counted = {key: value for key, value in new.items() if value and key[1] != "/metrics"}
    assert counted == {
        ("GET", "/tokens/", "200"): 1,
        ("GET", "(unknown)", "404"): 2,
        ("GET", "/static/*", "404"): 1,
        ("GET", "/healthz", "200"): 1,
        ("other", "(unknown)", "404"): 1,
    }


def test_nothing_is_counted_where_nobody_may_ask(client, db, figures, settings):
    before = figures()
    settings.METRICS_TOKEN = ""
    client.get("/tokens/")
    with timed("stripe", "GET never"):
        pass
    settings.METRICS_TOKEN = TOKEN
    after = figures()
    assert requests_of(after, "GET", "/tokens/", "200") == requests_of(before, "GET", "/tokens/", "200")
    assert not any("GET never" in key for key in after)


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/v1/checkout/sessions/cs_test_1", "checkout/sessions"),
        ("/v1/customers/cus_1?expand[]=x", "customers"),
        ("/v1/billing_portal/sessions", "billing_portal/sessions"),
        ("/v1/subscription_schedules/sub_sched_1/release", "subscription_schedules"),
        ("/v1/refunds", "refunds"),
        ("/v1", ""),
    ],
)
def test_what_stripe_is_asked_about_is_named_without_ids(path, resource):
    assert resource_in(f"https://api.stripe.com{path}") == resource


def test_a_stripe_that_cannot_be_reached_is_counted_as_such(alice, figures, settings):
    from tokens.errors import StripeUnreachable
    from tokens.stripe_api import gateway

    key = ("soulfra_call_seconds_count", "GET refunds", "failed", "stripe")
    before = figures().get(key, 0)
    settings.STRIPE_API_BASE, settings.STRIPE_DEADLINE_SECONDS = "http://127.0.0.1:9", 1
    with pytest.raises(StripeUnreachable):
        gateway.list_refunds("pi_1")
    assert figures()[key] > before


def test_emails_are_counted_with_what_came_of_them(alice, figures, settings):
    def ask(outcome):
        return figures().get(("soulfra_call_seconds_count", "send", outcome, "mail server"), 0)

    now, before = timezone.now(), (ask("sent"), ask("failed"))
    for number in range(3):
        text = {"subject": "s", "text": "t", "next_try_at": now}
        Mail.objects.create(user=alice, kind="receipt", about=f"test:{number}", **text)
        settings.EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if number else 'locmem'}.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        outbox.send_due()
    sent, failed = ask("sent") - before[0], ask("failed") - before[1]
    assert sent == 1
    assert failed >= 2


# --- the database's figures ------------------------------------------------------------------------


def test_an_empty_shop_waits_for_nothing(figures):
    found = figures()
    assert found["soulfra_database_up",] == 1
    assert {key[1]: value for key, value in found.items() if key[0] == "soulfra_oldest_seconds"} == dict.fromkeys(
        ("event", "email", "account email", "hold", "expiry", "posting", "grant list", "import", "analysis"), 0
    )
    for name in ("unrepaired_differences", "failed_events", "undelivered_emails", "ledger_disagreements"):
        assert found[f"soulfra_{name}",] == 0
    assert not any(key[0] == "soulfra_last_timestamp_seconds" for key in found)


def test_the_oldest_of_each_queue_tells_its_age(figures, alice, staff):
    def ago(minutes):
        return timezone.now() - timedelta(minutes=minutes)

    grant(alice, tokens=50, reason="sorry", by=staff)
    hold(alice, "ai_analysis")
    spend(alice, "import_domain")
    for number, status in enumerate(["done", "failed", "pending", "not_ours"]):
        StripeEvent.objects.create(stripe_id=f"evt_{number}", type="t", livemode=False, payload={}, status=status)
        StripeEvent.objects.filter(stripe_id=f"evt_{number}").update(received_at=ago(100 - 10 * number))
    Mail.objects.create(user=alice, kind="receipt", about="x", subject="s", text="t", status="given_up")
    Mail.objects.create(user=alice, kind="receipt", about="y", subject="s", text="t")
    Mail.objects.filter(about="y").update(created_at=ago(5))
    AccountMail.objects.create(address="a@b.test", sealed="", next_try_at=ago(0))
    AccountMail.objects.update(created_at=ago(4))
    TokenUsage.objects.filter(status="held").update(created_at=ago(30))
    Wallet.objects.update(unposted_since=ago(7), due_at=ago(3))
    CsvImport.objects.create(user=alice, content="", sha256="0" * 64, status="queued", queued_at=ago(2))
    found = figures()
    ages = {key[1]: round(value / 60) for key, value in found.items() if key[0] == "soulfra_oldest_seconds" and value}
    assert ages == {"event": 90, "email": 5, "account email": 4, "hold": 30, "posting": 7, "expiry": 3, "import": 2}
    assert (found["soulfra_failed_events",], found["soulfra_undelivered_emails",]) == (1, 1)
    Wallet.objects.update(due_at=TokenUsage.objects.get(status="held").expires_at)
    post_wallet(alice.pk)
    assert figures()["soulfra_oldest_seconds", "posting"] == 0


def test_rounds_of_upkeep_say_when_they_last_ended(figures):
    now = timezone.now()
    heartbeat.beat(heartbeat.WORKER)
    Reconciliation.objects.create(since=now, started_at=now, finished_at=now, unrepaired=3)
    Reconciliation.objects.create(since=now, started_at=now)  # under way
    call_command("sweep")
    LedgerCheck.objects.update(finished_at=now)
    found = figures()
    ends = {key[1]: value for key, value in found.items() if key[0] == "soulfra_last_timestamp_seconds"}
    assert set(ends) == {"worker", "sweep", "reconciliation", "ledger check"}
    assert all(abs(at - now.timestamp()) < 60 for at in ends.values())
    assert found["soulfra_unrepaired_differences",] == 3


@pytest.mark.breaks_the_books
def test_a_wrong_balance_is_a_figure_once_the_check_has_found_it(figures, alice, staff):
    grant(alice, tokens=50, reason="sorry", by=staff)
    Wallet.objects.update(balance=40)
    assert figures()["soulfra_ledger_disagreements",] == 0
    while check_slice():
        LedgerCheck.objects.update(next_at=timezone.now())
    found = figures()
    assert found["soulfra_ledger_disagreements",] > 0
    assert (found["soulfra_ledger_tokens", "wallets"], found["soulfra_ledger_tokens", "lots"]) == (40, 50)


def test_without_the_database_the_other_figures_are_still_given(client, figures):
    def gone(execute, sql, params, many, context):
        is_asked = not sql.startswith(TRANSACTIONS)
        return execute("SELECT 1 FROM no_such_table" if is_asked else sql, [], many, context)

    client.get("/tokens/")
    with connection.execute_wrapper(gone):
        found = figures()
    assert found["soulfra_database_up",] == 0
    assert requests_of(found, "GET", "/tokens/", "200") > 0
    assert not any(key[0] == "soulfra_oldest_seconds" for key in found)
    assert figures()["soulfra_database_up",] == 1
