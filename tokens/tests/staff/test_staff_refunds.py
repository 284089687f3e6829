"""Refunds by staff: previewed, once, by the right people, and above the limit by two of them."""

import pytest
from django.contrib.admin.models import LogEntry

from stripe_sandbox import testing
from tokens.errors import NotPermitted, RefundTooLarge
from tokens.ledger.wallet import get_token_balance
from tokens.models import Refund, RefundRequest, StaffAct
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend
from tokens.staff import refunding
from tokens.staff.acts import Why
from tokens.staff.errors import FormOutOfDate, RequestDecided
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.office import hidden, hire, page, press, told
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(sandbox, alice):
    return buy(sandbox, alice, "pro")


def buy(sandbox, user, package):
    purchase = sandbox.buy(user, package)
    sandbox.pay(purchase)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    return purchase


@pytest.fixture
def finance(client, db):
    member = hire("finance")
    client.force_login(member)
    return member


def address_of(purchase):
    return page("tokens_purchase", "refund", purchase.pk)


def fill(client, purchase, **fields):
    form = client.get(address_of(purchase))
    return {"key": hidden(form, "key"), "how": "whole", "reason": "Duplicate", "note": "By phone", **fields}


def give_back(purchase, cents, by, **more):
    why = Why(by, "Duplicate", "By phone")
    return refunding.refund(purchase, amount_cents=cents, why=why, key=refunding.key_of(purchase), **more)


def test_a_preview_shows_money_tokens_and_debt_and_changes_nothing(client, finance, bought, alice):
    spend(alice, "data_export")
    shown = client.post(address_of(bought), fill(client, bought, how="money", money="20.00"))
    text = " ".join(shown.content.decode().split())
    assert "250 (250 from this purchase, 0 from others)" in text
    assert "Refund $20.00" in text
    assert not Refund.objects.exists()


def test_half_of_a_purchase_is_refunded_once_however_often_it_is_confirmed(client, finance, bought, alice):
    body = fill(client, bought, how="money", money="20.00", _confirm="2000")
    answers = [client.post(address_of(bought), body) for _ in range(2)]
    refund = Refund.objects.get()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer["Location"] for answer in answers} == {page("tokens_refund", "change", refund.pk)}
    assert (refund.status, refund.amount_cents, refund.by, refund.reason) == (
        "succeeded",
        2000,
        finance,
        "Duplicate: By phone",
    )
    assert get_token_balance(alice.pk) == 250
    act = StaffAct.objects.get()
    assert (act.by, act.verb, act.user, act.subject) == (finance, "refund", alice, f"$20.00 of purchase {bought.pk}")
    assert act.request_id == answers[0]["X-Request-ID"]
    assert LogEntry.objects.get().change_message == "$20.00 refunded. Reason: Duplicate: By phone"


def test_two_tabs_that_were_open_at_once_refund_once(client, finance, bought):
    tabs = [fill(client, bought, how="money", money=money) for money in ("20.00", "20.00", "5.00")]
    for tab, cents in zip(tabs, ("2000", "2000", "500"), strict=True):
        client.post(address_of(bought), {**tab, "_confirm": cents})
    assert Refund.objects.get().amount_cents == 2000
    again = fill(client, bought, how="money", money="5.00", _confirm="500")
    client.post(address_of(bought), again)
    assert Refund.objects.count() == 2


def test_a_form_that_was_opened_before_a_refund_elsewhere_is_refused(client, finance, bought, sandbox):
    body = fill(client, bought, how="money", money="20.00", _confirm="2000")
    testing.refund(bought.stripe_payment_intent_id, 1000)
    sandbox.deliver(testing.events_since(None)[-1])
    answer = client.post(address_of(bought), body)
    assert told(answer) == ["This purchase was refunded after you opened the form. Review it and try again."]
    assert Refund.objects.get().amount_cents == 1000


def test_what_was_not_previewed_is_not_refunded(client, finance, bought):
    answer = client.post(address_of(bought), fill(client, bought, how="money", money="20.00", _confirm="1000"))
    assert answer.status_code == 200
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"note": ""}, {"reason": "Because"}, {"how": "money"}, {"how": "money", "money": "41"}, {"how": "tokens"}],
)
def test_a_refund_that_says_too_little_or_too_much_is_asked_again(client, finance, bought, wrong):
    assert client.post(address_of(bought), fill(client, bought, _confirm="4000", **wrong)).status_code == 200
    assert not Refund.objects.exists()


def test_so_many_tokens_are_refunded_at_what_they_cost(client, finance, bought, alice):
    client.post(address_of(bought), fill(client, bought, how="tokens", tokens="100", _confirm="800"))
    assert (Refund.objects.get().amount_cents, get_token_balance(alice.pk)) == (800, 400)


@pytest.mark.parametrize("role", ["support", "manager", "auditor"])
def test_other_roles_have_no_button_and_are_refused(client, bought, role):
    member = hire(role)
    client.force_login(member)
    assert address_of(bought) not in client.get(page("tokens_purchase", "change", bought.pk)).content.decode()
    assert client.get(address_of(bought)).status_code == 403
    assert client.post(address_of(bought), {"_confirm": "4000"}).status_code == 403
    with pytest.raises(NotPermitted):
        give_back(bought, 4000, member)


def test_what_was_never_paid_has_no_button_and_is_not_refunded(client, finance, sandbox, alice):
    for purchase in (sandbox.buy(alice), simulate_token_purchase(alice.pk, "pro")):
        assert address_of(purchase) not in client.get(page("tokens_purchase", "change", purchase.pk)).content.decode()
        key = str(refunding.key_of(purchase))
        body = {"key": key, "how": "money", "money": "1", "reason": "Duplicate", "note": "x", "_confirm": "100"}
        assert client.post(address_of(purchase), body).status_code in (200, 303)
    assert not Refund.objects.exists()


def test_spent_tokens_are_refunded_as_a_debt_only_when_asked_for(client, finance, bought, alice):
    for _ in range(20):
        spend(alice, "data_export")
    with pytest.raises(RefundTooLarge):
        give_back(bought, 4000, finance)
    body = fill(client, bought, beyond="on", _confirm="4000")
    client.post(address_of(bought), body)
    assert (Refund.objects.get().amount_cents, get_token_balance(alice.pk)) == (4000, -200)


# --- Stripe refuses, or is silent --------------------------------------------------------


def test_a_refund_that_stripe_refuses_shows_why_and_the_tokens_are_back(client, finance, bought, alice):
    testing.refund(bought.stripe_payment_intent_id)
    answer = client.post(address_of(bought), fill(client, bought, _confirm="4000"))
    assert told(answer) == ["$40.00 not refunded: Stripe declined it."]
    shown = client.get(answer["Location"]).content.decode()
    assert "Stripe status: failed" in shown
    assert "refunded" in shown
    assert get_token_balance(alice.pk) == 500


def test_a_silent_stripe_leaves_a_refund_that_says_so(client, finance, bought, alice, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    answer = client.post(address_of(bought), fill(client, bought, _confirm="4000"))
    assert told(answer) == ["$40.00 requested; waiting for Stripe to respond."]
    shown = client.get(answer["Location"]).content.decode()
    assert "Stripe status: requested" in shown
    assert "every 2s" in shown
    assert get_token_balance(alice.pk) == 0


# --- above the limit ---------------------------------------------------------------------


@pytest.fixture
def asked(sandbox, alice, finance):
    """A whole Premium Pack, $70.00, which is above what one person may refund."""
    return give_back(buy(sandbox, alice, "premium"), 7000, finance)


def test_above_the_limit_another_person_is_asked_and_nothing_moves(client, finance, sandbox, alice):
    purchase = buy(sandbox, alice, "premium")
    answer = client.post(address_of(purchase), fill(client, purchase, _confirm="7000"))
    asked = RefundRequest.objects.get()
    assert answer["Location"] == page("tokens_refundrequest", "change", asked.pk)
    assert (asked.amount_cents, asked.status, asked.by, asked.key) == (7000, "waiting", finance, asked.key)
    assert not Refund.objects.exists()
    assert get_token_balance(alice.pk) == 1000


def test_small_refunds_of_one_purchase_by_one_person_add_up_to_the_limit(sandbox, alice, finance):
    purchase = buy(sandbox, alice, "premium")
    assert isinstance(give_back(purchase, 4000, finance), Refund)
    assert isinstance(give_back(purchase, 1001, finance), RefundRequest)


def test_a_manager_approves_once_and_the_refund_names_who_asked(client, asked, alice, finance):
    manager = hire("manager")
    client.force_login(manager)
    answers = press(client, page("tokens_refundrequest", "approve", asked.pk))
    assert told(answers[0]) == ["$70.00 refunded."]
    asked.refresh_from_db()
    refund = Refund.objects.get()
    assert (asked.status, asked.decided_by, asked.refund) == ("approved", manager, refund)
    assert (refund.by, refund.key) == (finance, asked.key)
    assert get_token_balance(alice.pk) == 0
    assert list(StaffAct.objects.order_by("pk").values_list("verb", flat=True)) == [
        "ask for a refund",
        "approve a refund",
    ]


def test_nobody_approves_what_they_asked_for_themselves(client, asked):
    asked.by.groups.set([*asked.by.groups.all(), *hire("manager").groups.all()])
    address = page("tokens_refundrequest", "approve", asked.pk)
    assert client.post(address, {"_form_submitted": "True", "form_key": "k", "reason": "x"}).status_code == 403
    assert address not in client.get(page("tokens_refundrequest", "change", asked.pk)).content.decode()
    with pytest.raises(NotPermitted, match="Another member of staff"):
        refunding.approve(asked, why=Why(asked.by, "Mine"))


def test_a_declined_refund_is_not_made_and_cannot_be_approved_after(asked, alice):
    manager = hire("manager")
    for _ in range(2):
        refunding.decline(asked, why=Why(manager, "No"))
    with pytest.raises(RequestDecided):
        refunding.approve(asked, why=Why(manager, "Yes"))
    assert get_token_balance(alice.pk) == 1000
    assert StaffAct.objects.filter(verb="decline a refund").count() == 1


def test_an_approval_of_what_was_spent_meanwhile_is_refused_and_still_waits(asked, alice):
    spend(alice, "data_export")
    with pytest.raises(RefundTooLarge):
        refunding.approve(asked, why=Why(hire("manager"), "Yes"))
    asked.refresh_from_db()
    assert asked.status == "waiting"


# --- at once -----------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_confirmations_at_once_refund_once(sandbox, alice):
    purchase, finance = buy(sandbox, alice, "pro"), hire("finance")
    key, why = refunding.key_of(purchase), Why(finance, "Duplicate")
    rows = at_once(lambda _: refunding.refund(purchase, amount_cents=2000, why=why, key=key))
    assert len({row.pk for row in rows}) == 1
    assert (Refund.objects.count(), StaffAct.objects.count(), get_token_balance(alice.pk)) == (1, 1, 250)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_refund_beside_spends_never_gives_back_what_was_spent(sandbox, alice):
    purchase, finance = buy(sandbox, alice, "pro"), hire("finance")
    key, why = refunding.key_of(purchase), Why(finance, "Duplicate")

    def work(number):
        if number:
            return spend(alice, "data_export")
        return refunding.refund(purchase, amount_cents=4000, why=why, key=key)

    outcomes = at_once(work)
    is_refunded = isinstance(outcomes[0], Refund)
    assert is_refunded or isinstance(outcomes[0], RefundTooLarge | FormOutOfDate)
    assert get_token_balance(alice.pk) == (0 if is_refunded else 430)
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_approval_and_a_decline_at_once_leave_one_decision(sandbox, alice):
    asked = give_back(buy(sandbox, alice, "premium"), 7000, hire("finance"))
    manager = hire("manager")
    verbs = [refunding.approve, refunding.decline]
    outcomes = at_once(lambda number: verbs[number % 2](asked, why=Why(manager, "Mine")), times=4)
    asked.refresh_from_db()
    assert Refund.objects.count() == (asked.status == "approved")
    assert sum(isinstance(outcome, RequestDecided) for outcome in outcomes) == 2
