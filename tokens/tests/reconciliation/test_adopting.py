"""After a restore, `reconcile --adopt` makes lost purchases again from their Checkout Sessions, once, for who paid."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import sql
from stripe_sandbox import testing
from tokens.ledger.wallet import get_token_balance
from tokens.models import Mail, Purchase, Reconciliation, StripeCustomer, StripeEvent
from tokens.purchases import adopting
from tokens.reconciliation.run import compare, reconcile
from tokens.staff.grants import grant_tokens
from tokens.testing.buying import buy
from tokens.testing.ledger_rows import assert_books_are_right, entries_of
from tokens.testing.races import at_once
from tokens.testing.refund_news import give_back
from tokens.testing.restored import lost
from tokens.webhooks import inbox

pytestmark = pytest.mark.django_db


KEPT = "user_id type package_key description tokens amount_cents paid_cents currency status origin".split()
KEPT += ["stripe_checkout_session_id", "stripe_payment_intent_id"]


@pytest.fixture
def gone(sandbox, alice):
    """A Pro Pack that alice has paid for, and that this database has lost; as it was."""
    with lost():
        purchase = buy(sandbox, alice)
    assert not Purchase.objects.exists()
    return purchase


def adopted(purchase):
    return Purchase.objects.get(key=purchase.key)


def lines_about(run, purchase):
    return [line for line in run.report.splitlines() if purchase.stripe_checkout_session_id in line]


def why_not(purchase):
    run = reconcile(adopt=True)
    (line,) = lines_about(run, purchase)
    assert not Purchase.objects.filter(key=purchase.key).exists()
    return line.partition("; ")[2]


def test_lost_payments_are_credited_once_and_marked(sandbox, alice, bob):
    with lost():
        bought = [buy(sandbox, user, pack) for user, pack in ((alice, "pro"), (bob, "starter"), (alice, "premium"))]
    plain = reconcile()
    assert all("reconcile --adopt` makes it again." in line for each in bought for line in lines_about(plain, each))
    assert get_token_balance(alice.pk) == 0

    run = reconcile(adopt=True)
    assert run.unrepaired == 0
    for each in bought:
        key, session_id = each.key, each.stripe_checkout_session_id
        assert lines_about(run, each) == [
            f"checkout session {session_id}: no purchase {key} here, complete/paid at Stripe; repaired."
        ]
        again = adopted(each)
        assert [getattr(again, name) for name in KEPT] == [getattr(each, name) for name in KEPT]
        session = testing.current().objects("checkout.session")[bought.index(each)]
        assert again.created_at == datetime.fromtimestamp(session["created"], UTC)
        assert again.adopted_at >= again.created_at
    assert (get_token_balance(alice.pk), get_token_balance(bob.pk)) == (1500, 100)
    assert [reconcile(adopt=True).report for _ in range(2)] == ["", ""]
    assert (get_token_balance(alice.pk), get_token_balance(bob.pk)) == (1500, 100)
    assert not Mail.objects.exists()  # their receipts were sent before


def test_what_was_lost_long_before_the_worker_compared_is_found(sandbox, alice):
    get_user_model().objects.update(date_joined=timezone.now() - timedelta(days=40))
    with time_machine.travel(timezone.now() - timedelta(days=10)), lost():
        gone = buy(sandbox, alice)
    reconcile()
    assert lines_about(reconcile(), gone) == []
    assert len(lines_about(compare(adopt=True), gone)) == 1
    assert reconcile(adopt=True).unrepaired == 0
    assert entries_of(alice) == [("credit", 500, 500)]


def test_a_new_purchase_with_the_number_of_a_lost_one_is_left_alone(sandbox, alice, bob):
    with lost():
        gone = buy(sandbox, alice)
    new = buy(sandbox, bob, "starter")
    assert new.pk == gone.pk
    assert reconcile(adopt=True).unrepaired == 0
    again = adopted(gone)
    assert (again.user_id, again.stripe_checkout_session_id) == (alice.pk, gone.stripe_checkout_session_id)
    assert again.pk != new.pk
    assert (entries_of(alice), entries_of(bob)) == ([("credit", 500, 500)], [("credit", 100, 100)])


def test_a_new_user_with_the_number_of_a_lost_one_is_not_credited(sandbox):
    users = get_user_model().objects
    with lost():
        gone = buy(sandbox, users.create_user("carol", "carol@example.com"))
    assert why_not(gone) == f"not repaired: its buyer, user {gone.user_id}, is not in this database."
    other = users.create_user("dave", "dave@example.com")
    assert other.pk == gone.user_id
    testing.current().rewrite(
        "checkout.session", gone.stripe_checkout_session_id, created=int(other.date_joined.timestamp()) - 1
    )
    assert why_not(gone) == (
        f"not repaired: user {other.pk} joined after it was opened, and is another person than its buyer."
    )
    assert get_token_balance(other.pk) == 0


def test_a_session_of_another_users_customer_is_not_credited(gone, alice, bob):
    StripeCustomer.objects.create(user=bob, stripe_id=testing.current().objects("customer")[0]["id"])
    assert why_not(gone) == (
        f"not repaired: its buyer is user {alice.pk}, but its Stripe customer is that of user {bob.pk}."
    )


def test_the_webhook_may_come_before_and_after(gone, sandbox, alice):
    told = sandbox.event(gone)
    assert sandbox.deliver(told).status_code == 500
    assert reconcile(adopt=True).unrepaired == 0
    assert [sandbox.deliver(told).status_code for _ in range(2)] == [200, 200]
    StripeEvent.objects.update(next_try_at="2026-01-01T00:00Z")
    inbox.work_due()
    assert entries_of(alice) == [("credit", 500, 500)]


def test_what_was_given_back_meanwhile_is_taken_back_again(sandbox, alice, bob):
    grant_tokens(bob.pk, 30, "before the backup")
    with lost():
        halved, disputed = buy(sandbox, alice), buy(sandbox, bob, "starter")
        give_back(halved, 2000)
        testing.dispute(disputed.stripe_payment_intent_id)
        testing.warn(disputed.stripe_payment_intent_id)
    assert reconcile(adopt=True).unrepaired == 0
    assert (adopted(halved).status, adopted(halved).tokens_reversed) == ("partially_refunded", 250)
    assert get_token_balance(alice.pk) == 250
    assert adopted(disputed).fraud_warning_at is not None
    assert adopted(disputed).disputes.get().status == "needs_response"
    assert (get_token_balance(bob.pk), adopted(disputed).tokens_reversed) == (30, 100)
    assert reconcile(adopt=True).report == ""


def test_a_bank_payment_is_credited_when_it_is_certain_and_one_that_failed_is_left_out(sandbox, alice):
    with lost():
        slow, refused = buy(sandbox, alice, bank="000123456789"), buy(sandbox, alice, "starter", bank="000111111113")
        testing.bounce(refused.stripe_checkout_session_id)
    reconcile(adopt=True)
    assert (adopted(slow).status, get_token_balance(alice.pk)) == ("processing", 0)
    assert not Purchase.objects.filter(key=refused.key).exists()
    testing.settle(slow.stripe_checkout_session_id)
    reconcile()
    assert (adopted(slow).status, get_token_balance(alice.pk)) == ("completed", 500)
    assert Mail.objects.filter(user=alice).count() == 1  # of this the buyer had not heard


def test_a_page_that_is_still_open_may_be_paid_afterwards(sandbox, alice):
    with lost():
        waiting = sandbox.buy(alice)
    assert "open/unpaid at Stripe; repaired." in reconcile(adopt=True).report
    again = adopted(waiting)
    assert (again.status, again.checkout_url) == ("pending", waiting.checkout_url)
    sandbox.pay(again)
    assert sandbox.deliver(sandbox.event(again)).status_code == 200
    assert entries_of(alice) == [("credit", 500, 500)]


def test_a_discounted_and_a_free_payment_are_adopted(sandbox, alice, settings):
    settings.STRIPE_PROMOTION_CODES = True
    with lost():
        half, free = buy(sandbox, alice, code="HALF50"), buy(sandbox, alice, "starter", code="FREE100")
    assert reconcile(adopt=True).unrepaired == 0
    assert [adopted(each).paid_cents for each in (half, free)] == [2000, 0]
    assert get_token_balance(alice.pk) == 600


def test_the_customer_at_stripe_is_known_again_unless_there_is_a_newer_one(sandbox, alice, bob):
    with lost():
        customers = [buy(sandbox, user).user.stripe_customer.stripe_id for user in (alice, bob)]
    for user in (alice, bob):
        user.refresh_from_db()
    newer = buy(sandbox, bob, "starter").user.stripe_customer.stripe_id
    assert reconcile(adopt=True).unrepaired == 0
    assert StripeCustomer.objects.get(user=alice).stripe_id == customers[0]
    assert StripeCustomer.objects.get(user=bob).stripe_id == newer != customers[1]
    assert get_token_balance(bob.pk) == 600


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"tokens": "many"}, "its metadata has “many” for tokens, which isn't a number."),
        ({"tokens": "0"}, "its metadata says that no tokens were ordered."),
        ({"tokens": "99999999999"}, "its metadata has “99999999999” for tokens, which isn't a number."),
        ({"price": "1"}, "it says otherwise than its metadata in amount_subtotal, amount_total."),
        ({"price": "-1"}, "its metadata has “-1” for price, which isn't a number."),
        (
            {"package": None},
            "it was opened by a version that didn't say there what was ordered (Pro Pack: 500 tokens).",
        ),
    ],
)
def test_a_session_that_says_too_little_or_otherwise_is_left_to_staff(gone, changed, sentence):
    (session,) = testing.current().objects("checkout.session")
    metadata = {name: value for name, value in (session["metadata"] | changed).items() if value is not None}
    testing.current().rewrite("checkout.session", session["id"], metadata=metadata)
    assert why_not(gone) == f"not repaired: {sentence}"


def test_a_session_of_another_shop_on_the_account_is_left_alone(gone):
    testing.current().rewrite("checkout.session", gone.stripe_checkout_session_id, success_url="https://other.test/x")
    assert why_not(gone) == ("not repaired: it was opened by the shop at other.test, which ALLOWED_HOSTS doesn't name.")


def test_a_dry_run_says_the_same_and_writes_nothing(gone, alice, capsys):
    run = compare(adopt=True)
    (line,) = lines_about(run, gone)
    assert line.endswith("complete/paid at Stripe; not repaired: nothing is changed by a dry run.")
    with pytest.raises(CommandError, match="0 fixed, "):
        call_command("reconcile", adopt=True, dry_run=True)
    assert line in capsys.readouterr().out
    assert not any(model.objects.exists() for model in (Purchase, Reconciliation, StripeEvent, StripeCustomer))
    call_command("reconcile", adopt=True)
    call_command("reconcile", dry_run=True)
    assert "In sync with Stripe" in capsys.readouterr().out
    assert Reconciliation.objects.count() == 1


def test_a_dry_run_refuses_whatever_would_write(sandbox, alice, monkeypatch):
    grant_tokens(alice.pk, 5, "before")
    from tokens.reconciliation import run as module

    def writes(since):
        sql.run("UPDATE wallets SET balance = %s", [1000])
        yield from ()

    monkeypatch.setattr(module.reconciles, "functions", {"broken things": writes})
    dry = compare()
    assert (dry.finished_at, get_token_balance(alice.pk)) == (None, 5)
    assert "Nothing may be written now, but this would: " in dry.report


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_who_adopt_at_once_beside_the_webhook_credit_once(sandbox, alice, bob):
    purchases = [buy(sandbox, user) for user in (alice, bob)]
    told = [sandbox.event(each) for each in purchases]
    forget_everything()

    def adopt(number):
        return inbox.receive(told[number]).status if number < len(told) else reconcile(adopt=True).unrepaired

    at_once(adopt)
    assert reconcile(adopt=True).unrepaired == 0
    assert [entries_of(user) for user in (alice, bob)] == [[("credit", 500, 500)]] * 2
    assert Purchase.objects.count() == 2
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_run_that_dies_over_one_leaves_nothing_that_the_next_would_tell_the_buyer_of(sandbox, alice, monkeypatch):
    gone = buy(sandbox, alice)
    forget_everything()

    def dies(session, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(adopting, "settle_session", dies)
        with pytest.raises(KeyboardInterrupt):
            reconcile(adopt=True)
    reconcile()
    reconcile(adopt=True)
    assert (adopted(gone).status, entries_of(alice)) == ("completed", [("credit", 500, 500)])
    assert not Mail.objects.exists()


def forget_everything():
    """What a truncated table forgets, as an older dump would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE purchases, wallets, stripe_events, stripe_customers, purchase_totals, mails CASCADE")
