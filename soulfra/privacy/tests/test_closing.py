"""Deleting one's account: proved by password and code, refused while anything is open, and nothing names its owner."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import DataDownload, User
from accounts.testing.codes import activate, code_of
from brands.models import Brand, CsvImport, Export
from devtools.testing.factories import PASSWORD
from memberships.models import Subscription
from memberships.testing.members import Member
from soulfra.privacy import downloads
from soulfra.privacy.erasing import StillOpen, erase
from soulfra.testing.names import rows_that_say
from tokens.emails import outbox
from tokens.models import Dispute, LedgerEntry, Mail, Purchase, Refund, RefundRequest, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.spending.spends import spend
from tokens.testing.buying import buy

pytestmark = pytest.mark.django_db

PAGE = "/accounts/delete/"


def text_of(answer):
    return " ".join(answer.content.decode().split())


def is_there(user):
    return User.objects.get(pk=user.pk).is_active


def give_password(browser, **more):
    return browser.post(PAGE, {"password": PASSWORD, **more})


def test_the_page_says_what_is_lost(alices, alice):
    simulate_token_purchase(alice.pk, "pro")
    api_keys.issue(alice, name="CI")
    Brand.objects.create(owner=alice, domain="z.com", name="Z", slug="z", paid_by="free")
    page = text_of(alices.get(PAGE))
    for lost in ("500 tokens, without a refund", "1 domain, with details", "1 API key, and the programs that use it"):
        assert lost in page
    assert f'href="{PAGE}"' in text_of(alices.get("/accounts/"))
    assert is_there(alice)


def test_after_it_nobody_signs_in_no_key_works_and_the_books_stay(alices, alice, client):
    simulate_token_purchase(alice.pk, "pro")
    spend(alice, "ai_analysis", metadata={})
    _, key = api_keys.issue(alice, name="CI")
    elsewhere = Client()
    elsewhere.force_login(alice)
    before = (Purchase.objects.count(), LedgerEntry.objects.count(), TokenUsage.objects.count())
    answer = give_password(alices)
    assert answer["Location"] == "/tokens/"
    assert "Your account was deleted." in text_of(alices.get("/tokens/"))
    for browser in (alices, elsewhere):
        assert browser.get("/tokens/purchases")["Location"].startswith("/accounts/login/")
    assert client.get("/api/tokens/balance", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert (Purchase.objects.count(), TokenUsage.objects.count()) == (before[0], before[2])
    assert LedgerEntry.objects.count() >= before[1]


def test_the_last_email_confirms_it_and_then_nothing_names_them(alices, alice):
    User.objects.filter(pk=alice.pk).update(username="zelda", email="zelda@example.com", first_name="Zimmermann")
    simulate_token_purchase(alice.pk, "pro")
    Brand.objects.create(owner=alice, domain="zelda.com", name="Z", slug="z", paid_by="free")
    CsvImport.objects.create(user=alice, content="domain\nzelda.com\n", sha256="0" * 64, filename="zelda.csv")
    Export.objects.create(
        user=alice, format="csv", expires_at=timezone.now() + timedelta(hours=1), filters={"a": "zelda"}
    )
    downloads.ask(alice.pk)
    assert downloads.make_next()
    give_password(alices)
    assert rows_that_say("zelda", "zimmermann") == {"tokens.Mail"}
    outbox.send_due()
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["zelda@example.com"], "Your account was deleted")]
    assert "The account zelda was deleted" in mail.outbox[0].body
    assert rows_that_say("zelda", "zimmermann") == set()
    downloads.delete_old()
    assert not DataDownload.objects.exists()


def test_a_last_email_that_no_server_takes_is_erased_too(alices, alice):
    give_password(alices)
    Mail.objects.update(attempts=outbox.LAST_ATTEMPT + 1)
    outbox.send_due()
    assert rows_that_say("alice") == set()
    assert Mail.objects.get().status == "given_up"


def test_a_wrong_password_deletes_nothing_and_guessing_is_limited(alices, alice):
    for attempt in range(12):
        answer = alices.post(PAGE, {"password": f"wrong-{attempt}"})
    assert answer.status_code == 429
    assert give_password(alices).status_code == 429
    assert is_there(alice)
    cache.clear()
    assert "Incorrect password" in text_of(alices.post(PAGE, {"password": "wrong"}))
    assert "This field is required" in text_of(alices.post(PAGE))
    assert is_there(alice)


def test_who_has_a_second_factor_gives_a_code_as_well(alices, alice):
    secret = activate(alice)
    give_password(alices)
    give_password(alices, code="000000")
    assert is_there(alice)
    give_password(alices, code=code_of(secret))
    assert not is_there(alice)


def test_without_a_password_one_is_set_first(client, alice):
    alice.set_unusable_password()
    alice.save()
    client.force_login(alice)
    assert "Set a password first" in text_of(client.get(PAGE))
    client.post(PAGE, {"password": ""})
    assert is_there(alice)


def test_a_form_sent_twice_finds_nobody_signed_in(alices, alice):
    give_password(alices)
    assert give_password(alices)["Location"].startswith("/accounts/login/")
    assert Mail.objects.filter(kind="account_deleted").count() == 1


def test_staff_are_never_deleted(client, staff):
    client.force_login(staff)
    assert "audit log" in text_of(client.get(PAGE))
    give_password(client)
    assert is_there(staff)


def of_dispute(user, purchase):
    about = {"stripe_id": "dp_1", "amount_cents": 4000, "currency": "usd", "status": "needs_response"}
    Dispute.objects.create(user=user, purchase=purchase, fetched_at=timezone.now(), **about)


IN_THE_WAY = {
    "A bank payment is on its way.": lambda user, bought: Purchase.objects.create(
        user=user, type="tokens", tokens=1, description="x", amount_cents=1, currency="usd", status="processing"
    ),
    "A refund is on its way.": lambda user, bought: Refund.objects.create(
        user=user, purchase=bought, amount_cents=1, source="staff", status="pending"
    ),
    "A refund waits for approval.": lambda user, bought: RefundRequest.objects.create(
        purchase=bought, amount_cents=1, reason="x", by=user
    ),
    "A payment is disputed.": of_dispute,
    "An import is running.": lambda user, bought: CsvImport.objects.create(
        user=user, content="", sha256="0" * 64, status="queued"
    ),
}


@pytest.mark.breaks_the_books
@pytest.mark.parametrize("reason", IN_THE_WAY)
def test_it_is_refused_while_something_is_open_and_says_what(alices, alice, reason):
    bought = simulate_token_purchase(alice.pk, "pro")
    IN_THE_WAY[reason](alice, bought)
    page = text_of(alices.get(PAGE))
    assert reason in page
    assert 'type="password"' not in page
    assert reason in text_of(give_password(alices))
    assert is_there(alice)
    with pytest.raises(StillOpen, match=reason):
        erase(alice)
    assert User.objects.get(pk=alice.pk).username == "alice"


def test_a_membership_that_renews_is_cancelled_first(alices, alice, sandbox):
    member = Member(sandbox, alice)
    member.subscribe()
    assert "The membership still renews. Cancel it first." in text_of(give_password(alices))
    assert is_there(alice)
    alices.post("/membership/cancel")
    for days, is_explained in ((-1, False), (1, True)):  # the sandbox's clock is moved ahead of ours
        Subscription.objects.update(current_period_start=timezone.now() + timedelta(days=days))
        page = text_of(alices.get(PAGE))
        assert "Your Pro plan, paid until" in page
        assert ("are by the sandbox's clock" in page) == is_explained
    give_password(alices)
    assert not is_there(alice)
    member.advance(days=40)  # Stripe ends it; nothing is paid any more
    assert Purchase.objects.filter(status="completed").count() == 1


def test_open_payment_pages_are_closed_so_that_nobody_pays_for_nothing(alices, alice, sandbox):
    tokens, plan = sandbox.buy(alice), Member(sandbox, alice).start()
    give_password(alices)
    assert not is_there(alice)
    for purchase in (tokens, plan):
        purchase.refresh_from_db()
        assert purchase.status == "expired"
        with pytest.raises(Exception, match=r"expired|open"):
            sandbox.pay(purchase)


def test_a_page_that_was_paid_meanwhile_is_settled_and_lost_with_the_rest(alices, alice, sandbox):
    purchase = sandbox.buy(alice)
    sandbox.pay(purchase)
    give_password(alices)
    purchase.refresh_from_db()
    assert (purchase.status, is_there(alice)) == ("completed", False)


def test_while_stripe_cannot_be_asked_an_open_page_is_in_the_way(alices, alice, sandbox, settings):
    sandbox.buy(alice)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.STRIPE_DEADLINE_SECONDS = 1
    assert "A payment page is still open." in text_of(give_password(alices))
    assert is_there(alice)


def test_late_refunds_of_who_left_still_reach_the_books(alices, alice, sandbox):
    purchase = buy(sandbox, alice)
    give_password(alices)
    refund = Refund.objects.create(
        user=alice, purchase=purchase, amount_cents=4000, source="dashboard", status="succeeded"
    )
    follow_the_money(purchase)
    purchase.refresh_from_db()
    assert (purchase.status, refund.counts) == ("refunded", True)


@pytest.mark.parametrize("name", ["anonymous-1", "Anonymous-77"])
def test_nobody_signs_up_as_somebody_who_was_erased(client, name):
    form = {"username": name, "email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert "This username is reserved." in text_of(client.post("/accounts/signup/", form))
    assert not User.objects.exists()


def test_who_took_such_a_name_before_hinders_nobody(alices, alice, bob):
    User.objects.filter(pk=bob.pk).update(username=f"anonymous-{alice.pk}")
    give_password(alices)
    assert (is_there(alice), is_there(bob)) == (False, True)
    assert User.objects.get(pk=alice.pk).email == ""


def test_who_calls_themself_erased_is_erased_all_the_same(alices, alice):
    User.objects.filter(pk=alice.pk).update(username=f"anonymous-{alice.pk}")
    give_password(alices)
    assert not is_there(alice)
    assert rows_that_say(alice.email) <= {"tokens.Mail"}
