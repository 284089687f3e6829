"""What a customer's browser is given; how it looks is for test_purchase_journey."""

import pytest
from django.utils import timezone

from tokens.ledger.wallet import get_token_balance
from tokens.models import Purchase
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import entries_of
from tokens.testing.planting import plant_usages
from tokens.testing.reversal_rows import refund

pytestmark = pytest.mark.django_db


def text_of(response):
    return " ".join(response.content.decode().split())


def success_page(browser, purchase):
    return browser.get("/tokens/success", {"session_id": purchase.stripe_checkout_session_id})


def test_the_guides_address_leads_to_the_token_page(client):
    assert client.get("/admin/tokens")["Location"] == "/tokens/"


def test_the_back_office_at_the_same_name_with_a_slash_is_for_staff(client, staff):
    assert client.get("/admin/tokens/").status_code == 302
    client.force_login(staff)
    assert client.get("/admin/tokens/").status_code == 200


def test_a_stranger_sees_the_packs_and_no_balance(client):
    page = text_of(client.get("/tokens/"))
    assert "Pro Pack" in page
    assert "$40.00" in page
    assert "Save 20%" in page
    assert 'id="balance"' not in page
    assert '<form method="post" data-once' not in page


def test_a_customer_sees_the_balance_on_the_page_and_in_its_header(alice_page, alice):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "ai_analysis")
    page = alice_page.get("/tokens/")
    assert page.context["wallet"].balance == 495
    assert "Buy Pro Pack" in text_of(page)
    assert 'id="header-balance"' in text_of(page)


def test_the_page_shows_only_ones_own_purchases_and_usage(alice_page, alice, bob):
    for user in (alice, bob):
        simulate_token_purchase(user.pk, "starter")
        spend(user, "import_domain", metadata={"domain": f"{user.username}-domain.com"})
    page = text_of(alice_page.get("/tokens/"))
    assert "alice-domain.com" in page
    assert "bob-domain.com" not in page


def order_of(page):
    """The parts of the token page in their order."""
    parts = {"balance": 'id="balance"', "statement": 'id="movements"', "packs": 'id="packs"'}
    text = page.content.decode()
    return sorted((part for part, mark in parts.items() if mark in text), key=lambda part: text.index(parts[part]))


def test_who_has_not_bought_begins_with_packs_also_with_tokens_that_were_granted(alice_page, alice):
    assert order_of(alice_page.get("/tokens/")) == ["packs", "balance"]
    grant(alice, tokens=20, reason="A welcome", by=None)
    assert order_of(alice_page.get("/tokens/")) == ["packs", "balance", "statement"]


def test_who_has_bought_begins_with_balance_and_statement_also_after_a_refund_of_all(alice_page, alice):
    purchase = simulate_token_purchase(alice.pk, "starter")
    spend(alice, "ai_analysis", metadata={"domain": "alice-domain.com"})
    page = alice_page.get("/tokens/")
    assert order_of(page) == ["balance", "statement", "packs"]
    assert "Buy more tokens" in text_of(page)
    assert [(group.tokens, group.about) for group in page.context["groups"]] == [(-5, "alice-domain.com"), (100, "")]
    refund(purchase, 1000)
    assert order_of(alice_page.get("/tokens/")) == ["balance", "statement", "packs"]


@pytest.mark.breaks_the_books
@pytest.mark.parametrize(
    ("type", "status", "first"),
    [
        ("tokens", "processing", "balance"),
        ("tokens", "pending", "packs"),
        ("tokens", "failed", "packs"),
        ("subscription", "processing", "packs"),
    ],
)
def test_a_bank_payment_on_its_way_counts_as_bought_and_what_was_not_paid_does_not(
    alice_page, alice, type, status, first
):
    row = {"type": type, "status": status, "description": "x", "tokens": 100, "amount_cents": 1000, "currency": "usd"}
    Purchase.objects.create(user=alice, **row)
    assert order_of(alice_page.get("/tokens/"))[0] == first


def test_the_balance_card_leads_to_what_pays(alice_page):
    assert 'href="/membership/#payment-order">Change what pays</a>' in text_of(alice_page.get("/tokens/"))
    assert 'id="payment-order"' in text_of(alice_page.get("/membership/"))


def test_the_page_costs_the_same_statements_whatever_the_history(alice_page, alice, django_assert_num_queries):
    statements = []
    for more in (1, 2, 60):
        for _ in range(more):
            simulate_token_purchase(alice.pk, "starter")
            spend(alice, "import_domain")
        with django_assert_num_queries(16) as captured:
            alice_page.get("/tokens/")
        statements.append(len(captured))
    assert len(set(statements)) == 1


def test_buying_sends_the_browser_to_the_hosted_page(sandbox, alice_page, alice):
    response = alice_page.post("/tokens/purchase", {"package": "pro"}, headers={"User-Agent": "Mozilla"})
    purchase = Purchase.objects.get(user=alice)
    assert (response.status_code, response["Location"]) == (303, purchase.checkout_url)
    assert (purchase.client_ip, purchase.user_agent, purchase.origin) == ("127.0.0.1", "Mozilla", "http://testserver")


def test_an_unknown_pack_is_a_page_that_says_so(alice_page):
    response = alice_page.post("/tokens/purchase", {"package": "gold"})
    assert response.status_code == 400
    assert "Unknown package “gold”" in text_of(response)


def test_an_unreachable_stripe_is_a_page_that_says_nothing_was_charged(alice_page, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    response = alice_page.post("/tokens/purchase", {"package": "pro"})
    assert response.status_code == 502
    assert "othing was charged" in text_of(response)
    assert Purchase.objects.get().status == "failed"


def test_the_success_page_is_right_when_the_webhook_came_before(sandbox, alice_page, alice):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    page = success_page(alice_page, purchase)
    assert (page.status_code, page.context["purchase"].status, page.context["wallet"].balance) == (
        200,
        "completed",
        500,
    )
    assert entries_of(alice) == [("credit", 500, 500)]


def test_the_success_page_credits_when_the_webhook_is_late_and_the_webhook_then_adds_nothing(
    sandbox, alice_page, alice
):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    page = success_page(alice_page, purchase)
    assert (page.context["purchase"].status, page.context["wallet"].balance) == ("completed", 500)
    assert "500 tokens" in text_of(page)
    assert sandbox.deliver(sandbox.event(purchase)).status_code == 200
    assert entries_of(alice) == [("credit", 500, 500)]


def test_the_success_page_of_an_unpaid_session_claims_nothing(sandbox, alice_page, alice):
    purchase = sandbox.buy(alice)
    page = success_page(alice_page, purchase)
    assert (page.context["purchase"].status, get_token_balance(alice.pk)) == ("pending", 0)


def test_the_success_page_waits_when_stripe_cannot_be_asked(sandbox, alice_page, alice, settings):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    page = success_page(alice_page, purchase)
    assert (page.status_code, page.context["purchase"].status) == (200, "pending")
    assert "Check again" in text_of(page)


def test_somebody_elses_session_is_refused_and_not_touched(sandbox, alice_page, bob):
    purchase = sandbox.buy(bob)
    sandbox.pay(purchase)
    response = success_page(alice_page, purchase)
    assert response.status_code == 404
    assert "another account" in text_of(response)
    assert get_token_balance(bob.pk) == 0


@pytest.mark.parametrize("session_id", ["", "cs_test_nothing", "x" * 500, "\x00"])
def test_a_session_that_does_not_exist_is_refused(alice_page, session_id):
    assert alice_page.get("/tokens/success", {"session_id": session_id}).status_code == 404


@pytest.mark.breaks_the_books
@pytest.mark.parametrize("status", ["processing", "failed", "expired", "refunded", "partially_refunded"])
def test_the_success_page_has_a_word_for_every_status(sandbox, alice_page, alice, status):
    purchase = sandbox.buy(alice)
    paid = {"completed_at": timezone.now(), "paid_cents": 4000} if "refunded" in status else {}
    Purchase.objects.filter(pk=purchase.pk).update(status=status, **paid)
    assert success_page(alice_page, purchase).status_code == 200


def test_the_cancel_page_keeps_the_choice(alice_page):
    page = text_of(alice_page.get("/tokens/cancel", {"package": "pro"}))
    assert "Buy Pro Pack" in page
    assert alice_page.get("/tokens/cancel", {"package": "gold"}).status_code == 200


@pytest.mark.breaks_the_books
@pytest.mark.parametrize("path", ["purchases", "usage"])
def test_long_lists_go_on_page_by_page(alice_page, alice, path):
    Purchase.objects.bulk_create(
        Purchase(user=alice, type="tokens", description=str(n), tokens=1, amount_cents=1, currency="usd")
        for n in range(120)
    )
    plant_usages(alice, 120)
    address, pages = f"/tokens/{path}", []
    while address:
        response = alice_page.get(address)
        pages.append(len(response.context["purchases" if path == "purchases" else "usages"]))
        older = response.context["next_url"]
        address = older and f"/tokens/{path}{older}"
    assert pages == [50, 50, 20]


@pytest.mark.parametrize("path", ["/tokens/purchases", "/tokens/usage", "/tokens/success"])
def test_ones_own_pages_ask_a_stranger_to_sign_in(client, path):
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_the_strict_content_policy_is_relaxed_for_the_back_office_only(client, staff):
    assert "unsafe" not in client.get("/tokens/")["Content-Security-Policy"]
    client.force_login(staff)
    assert "'unsafe-eval'" in client.get("/admin/")["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/tokens/purchases", "/tokens/usage"])
@pytest.mark.parametrize("before", ["abc", "-1", "", "٥", "1e3", "9" * 30, "%00"])
def test_a_page_of_a_history_that_cannot_be_is_refused_in_words(alice_page, path, before):
    answer = alice_page.get(f"{path}?before={before}")
    assert answer.status_code == 400
    assert "This page doesn&#x27;t exist. Start again from the first page." in text_of(answer)
    assert alice_page.get(f"{path}?utm_source=letter").status_code == 200
