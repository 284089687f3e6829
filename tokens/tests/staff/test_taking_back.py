"""Staff take a customer's spend back: at any time, with a reason, within the limits of grants, and never their own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.errors import ActOnSelf, NotPermitted, NotReversible, ReversalExceedsSpend
from tokens.ledger.wallet import get_token_balance
from tokens.models import GrantRequest, Mail, SpendReversal, StaffAct
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.spending.taking_back import take_back_by_staff
from tokens.staff import alone, approving, taking_back
from tokens.staff.acts import Why
from tokens.testing.ledger_rows import assert_books_are_right, make_lot
from tokens.testing.office import hire, page, press, told, words
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db

USAGE = "tokens_tokenusage"


@pytest.fixture
def support(db):
    return hire("support")


@pytest.fixture
def manager(db):
    return hire("manager")


@pytest.fixture
def usage(alice):
    """Ten domains that alice paid 10 tokens for, of 400."""
    make_lot(alice, tokens=400)
    return spend(alice, "import_domain", quantity=10)


def back(usage, by, quantity=None):
    return taking_back.take_back(usage, why=Why(by, "Service issue", "The file was empty"), quantity=quantity)


def test_it_returns_with_its_reason_and_the_customer_is_told(usage, alice, support, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=90))
    reversal = back(usage, support, 4)
    assert (reversal.tokens, reversal.by, reversal.reason) == (4, support, "Service issue")
    assert get_token_balance(alice.pk) == 394
    act = StaffAct.objects.get()
    assert (act.action, act.by, act.user) == ("Reverse spend", support, alice)
    assert act.subject == f"spend reversal {reversal.pk}: 4 tokens of usage {usage.pk}"
    mail = Mail.objects.get(kind="staff_change")
    assert mail.subject == "We returned 4 tokens to your balance"
    assert "We reversed a spend and returned 4 tokens to your balance." in mail.text
    assert_books_are_right()


def test_the_button_sent_twice_takes_back_once(usage, alice, support, client):
    client.force_login(support)
    answers = press(client, page(USAGE, "take_back", usage.pk), quantity="3")
    assert told(answers[0]) == ["Returned 3 tokens."]
    assert (SpendReversal.objects.count(), get_token_balance(alice.pk)) == (1, 393)
    shown = words(client.get(page(USAGE, "change", usage.pk)))
    assert "Reverse" in shown
    assert "3 tokens" in shown
    press(client, page(USAGE, "take_back", usage.pk), quantity="")
    assert get_token_balance(alice.pk) == 400
    assert client.get(page(USAGE, "take_back", usage.pk)).status_code == 403


def test_more_than_is_left_is_told_and_does_nothing(usage, alice, support, client):
    client.force_login(support)
    (answer,) = press(client, page(USAGE, "take_back", usage.pk), times=1, quantity="11")
    assert told(answer) == [f"10 are left of usage {usage.pk} to reverse, fewer than 11."]
    with pytest.raises(NotReversible):
        back(hold(alice, "data_export"), support)
    assert not SpendReversal.objects.exists()


def test_nobody_takes_their_own_back_and_not_every_role_may(usage, alice):
    with pytest.raises(NotPermitted):
        back(usage, hire("finance"))
    for me in (hire("support"), hire("manager")):
        make_lot(me, tokens=10)
        with pytest.raises(ActOnSelf):
            back(spend(me, "ai_analysis"), me)
    assert not SpendReversal.objects.exists()


def test_it_counts_with_grants_and_what_is_too_much_waits_for_another(alice, manager, settings):
    support = asker = hire("support", "manager", username="both")
    settings.STAFF_DAILY_GRANT_LIMIT = 250
    make_lot(alice, tokens=1000)
    usages = [spend(alice, "import_domain", quantity=200) for _ in range(2)]
    back(usages[0], support, 200)
    assert alone.left(support) == 50
    request = back(usages[1], support, 60)
    assert isinstance(request, GrantRequest)
    assert (request.tokens, request.usage, request.quantity, get_token_balance(alice.pk)) == (60, usages[1], 60, 800)
    with pytest.raises(NotPermitted, match="Another member of staff"):
        approving.approve(request, why=Why(asker, "OK"))
    for _ in range(2):
        decided = approving.approve(request, why=Why(manager, "Right"))
    reversal = SpendReversal.objects.get(tokens=60)
    assert (decided.reversal, reversal.by) == (reversal, support)
    assert (get_token_balance(alice.pk), alone.left(support), alone.left(manager)) == (860, 50, 250)
    assert_books_are_right()


def test_what_was_taken_back_before_it_was_approved_is_not_taken_back_again(alice, support, manager, settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 5
    make_lot(alice, tokens=100)
    usage = spend(alice, "import_domain", quantity=10)
    request = back(usage, support)
    take_back_by_staff(usage, quantity=1, reason="Some of it", by=None)
    with pytest.raises(ReversalExceedsSpend):
        approving.approve(request, why=Why(manager, "Right"))
    request.refresh_from_db()
    assert (request.status, get_token_balance(alice.pk)) == ("waiting", 91)
    approving.decline(request, why=Why(manager, "Done already"))
    assert_books_are_right()


def test_the_role_says_how_much_at_a_time(alice, support, manager, settings):
    settings.STAFF_GRANT_LIMIT, settings.STAFF_DAILY_GRANT_LIMIT = 20, 1000
    make_lot(alice, tokens=100)
    usage = spend(alice, "import_domain", quantity=30)
    with pytest.raises(NotPermitted, match="at most 20 tokens at a time"):
        back(usage, support)
    assert back(usage, manager).tokens == 30


@pytest.mark.django_db(transaction=True)
def test_two_at_once_pass_no_limit_together(alice, support, settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 15
    make_lot(alice, tokens=100)
    usages = [spend(alice, "import_domain", quantity=10) for _ in range(4)]
    outcomes = at_once(lambda number: back(usages[number], support), times=4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["GrantRequest"] * 3 + ["SpendReversal"]
    assert_books_are_right()
