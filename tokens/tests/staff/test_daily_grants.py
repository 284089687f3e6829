"""What a member of staff grants alone in a day, and what waits for another: works, twice, out of order, two at once."""

import uuid
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core.checks import run_checks
from django.db import IntegrityError, transaction
from django.utils import timezone

from tokens.errors import KeyReused, NotPermitted
from tokens.ledger.wallet import get_token_balance
from tokens.models import Grant, GrantBatch, GrantRequest, StaffAct
from tokens.staff import alone, approving, batches, granting
from tokens.staff.acts import Why
from tokens.staff.errors import GrantTooLate, RequestDecided
from tokens.staff.grants import grant as gift
from tokens.testing.ledger_rows import assert_books_are_right
from tokens.testing.office import hidden, hire, page, press, told, words
from tokens.testing.races import at_once

pytestmark = pytest.mark.django_db

LIST = page("tokens_grantbatch", "grant_to_a_list")


@pytest.fixture(autouse=True)
def limit(settings):
    settings.STAFF_DAILY_GRANT_LIMIT = 250


@pytest.fixture
def support(db):
    return hire("support")


@pytest.fixture
def manager(db):
    return hire("manager")


def grant(user, tokens, by, **more):
    return granting.grant(user, tokens=tokens, why=Why(by, "Goodwill", "Sorry"), **more)


def start(emails, tokens, by, **more):
    return batches.start(emails, tokens=tokens, why=Why(by, "Promotion"), **{"key": uuid.uuid4(), **more})


def made(rows):
    return [type(row).__name__ for row in rows]


def acts():
    return list(StaffAct.objects.order_by("pk").values_list("by__username", "verb", "user__username"))


# --- what is counted ---------------------------------------------------------------------


def test_grants_of_a_day_add_up_and_the_one_that_is_too_much_waits(alice, bob, support):
    rows = [grant(user, 100, support) for user in (alice, bob, alice)]
    assert made(rows) == ["Grant", "Grant", "GrantRequest"]
    assert made([grant(alice, 50, support), grant(alice, 1, support)]) == ["Grant", "GrantRequest"]
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [150, 100]
    assert acts()[2:] == [
        ("support", "request grant approval", "alice"),
        ("support", "grant", "alice"),
        ("support", "request grant approval", "alice"),
    ]


@pytest.mark.parametrize("who", ["manager", "superuser", "any grant and no role"])
def test_no_role_is_above_the_limit(alice, staff, manager, who):
    member = {"manager": manager, "superuser": staff}.get(who) or hire()
    member.user_permissions.set(Permission.objects.filter(codename="grant_any_tokens"))
    assert made([grant(alice, 250, member), grant(alice, 1, member)]) == ["Grant", "GrantRequest"]
    assert alone.left(member) == 0


def test_lists_and_single_grants_are_counted_together_whichever_comes_first(alice, bob, support):
    first = start([alice.email, bob.email], 100, support)
    assert made([grant(alice, 60, support), grant(alice, 50, support)]) == ["GrantRequest", "Grant"]
    second = start([alice.email], 1, support)
    assert [first.status, second.status] == ["ready", "waiting"]
    while batches.work_one():
        pass
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [150, 100]
    assert alone.left(support) == 0  # the grants that the list made are not counted beside it


def test_a_list_counts_with_the_addresses_that_no_customer_has_yet(alice, support):
    emails = [f"new{number}@example.com" for number in range(10_000)]
    batch = start(emails, 100, support)
    assert (batch.status, batch.request.tokens, alone.left(support)) == ("waiting", 1_000_000, 250)
    EmailAddress.objects.create(user=alice, email=emails[0], verified=True)
    assert not batches.work_one()
    assert get_token_balance(alice.pk) == 0


def test_small_lists_do_not_pass_one_by_one(alice, support):
    assert [start([alice.email], 100, support).status for _ in range(3)] == ["ready", "ready", "waiting"]


def test_a_day_later_there_is_room_again_and_not_a_minute_before(alice, support, manager):
    grant(alice, 50, support)
    start([alice.email], 100, support)
    start([alice.email], 100, support)
    for age, left in ((timedelta(hours=23, minutes=59), 0), (timedelta(hours=24, seconds=1), 250)):
        then = timezone.now() - age
        Grant.objects.update(created_at=then)
        GrantBatch.objects.update(created_at=then)
        assert alone.left(support) == left
    assert alone.left(manager) == 250


def test_what_others_granted_approved_deducted_or_the_shop_gave_is_not_counted(alice, support, manager):
    gift(alice, tokens=5000, reason="From a script", by=None)
    grant(alice, 100, manager)
    asked = [grant(alice, 100, support), grant(alice, 100, support), grant(alice, 100, support)][-1]
    approving.approve(asked, why=Why(manager, "Fine"))
    granting.deduct(alice, tokens=200, why=Why(hire("finance"), "Correction"))
    assert (alone.left(support), alone.left(manager)) == (50, 150)


def test_the_limit_of_a_role_for_one_customer_is_refused_and_not_asked_for(alice, support):
    with pytest.raises(NotPermitted, match="at most 100 tokens at a time"):
        grant(alice, 101, support)
    assert not GrantRequest.objects.exists()


# --- approving ---------------------------------------------------------------------------


@pytest.fixture
def asked(alice, support):
    grant(alice, 100, support)
    grant(alice, 100, support)
    return grant(alice, 100, support)


def test_another_person_approves_once_and_both_are_written_down(alice, manager, asked):
    for _ in range(2):
        approving.approve(asked, why=Why(manager, "Agreed"))
    row = GrantRequest.objects.get()
    granted = Grant.objects.latest("pk")
    assert (row.status, row.decided_by, row.grant) == ("approved", manager, granted)
    assert (granted.by_id, granted.tokens, granted.reason) == (asked.by_id, 100, "Goodwill: Sorry")
    assert get_token_balance(alice.pk) == 300
    assert acts()[2:] == [("support", "request grant approval", "alice"), ("manager", "approve grant", "alice")]
    assert_books_are_right()


@pytest.mark.parametrize("first", ["approve", "decline"])
def test_what_was_decided_is_not_decided_otherwise(alice, manager, asked, first):
    decide = {"approve": approving.approve, "decline": approving.decline}
    decide.pop(first)(asked, why=Why(manager, "Agreed"))
    for other in decide.values():
        with pytest.raises(RequestDecided):
            other(asked, why=Why(hire("manager", username="two"), "No"))
    assert get_token_balance(alice.pk) == (300 if first == "approve" else 200)


def test_whoever_asked_does_not_decide_whatever_they_may(alice, staff):
    asked = grant(alice, 251, staff)
    for decide in (approving.approve, approving.decline):
        with pytest.raises(NotPermitted, match="Another member of staff"):
            decide(asked, why=Why(staff, "Mine"))
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantRequest.objects.update(status="approved", decided_by=staff, decided_at=now)
    assert get_token_balance(alice.pk) == 0


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_other_roles_approve_nothing(client, asked, role):
    member = hire(role, username="other")
    with pytest.raises(NotPermitted):
        approving.approve(asked, why=Why(member, "Agreed"))
    client.force_login(member)
    shown = client.get(page("tokens_grantrequest", "change", asked.pk))
    assert page("tokens_grantrequest", "approve", asked.pk) not in shown.content.decode()
    assert client.get(page("tokens_grantrequest", "approve", asked.pk)).status_code == 403


def test_tokens_that_would_have_expired_are_not_approved_but_declined(alice, manager, support):
    soon = timezone.now() + timedelta(hours=1)
    rows = [grant(alice, 251, manager, expires_at=soon), start([alice.email] * 1, 100, support, expires_at=soon)]
    batch = start([alice.email, "b@example.com"], 100, support, expires_at=soon)
    assert made(rows) == ["GrantRequest", "GrantBatch"]
    GrantRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    other = Why(hire("manager", username="two"), "Fine")
    for row in (rows[0], batch.request):
        with pytest.raises(GrantTooLate):
            approving.approve(row, why=other)
        assert approving.decline(row, why=other).status == "declined"
    batch.refresh_from_db()
    assert batch.status == "declined"


def test_a_list_waits_then_is_granted_once(alice, bob, support, manager):
    key = uuid.uuid4()
    batch = start([alice.email, bob.email, "c@example.com"], 100, support, key=key)
    assert start([alice.email, bob.email, "c@example.com"], 100, support, key=key) == batch
    assert not batches.work_one()
    for _ in range(2):
        approving.approve(batch.request, why=Why(manager, "Agreed"))
    assert (batches.work_one(), batches.work_one()) == (True, False)
    approving.approve(batch.request, why=Why(manager, "Agreed"))  # after it is done, it does not start again
    assert not batches.work_one()
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [100, 100]
    assert (GrantRequest.objects.count(), alone.left(support)) == (1, 250)
    assert [row.batch for row in Grant.objects.all()] == [batch, batch]


def test_a_list_that_was_declined_grants_nobody(client, alice, support, manager):
    batch = start([alice.email, "b@example.com", "c@example.com"], 100, support)
    approving.decline(batch.request, why=Why(manager, "Too many"))
    assert not batches.work_one()
    client.force_login(support)
    shown = words(client.get(page("tokens_grantbatch", "change", batch.pk)))
    assert "Declined" in shown
    assert "hx-trigger" not in shown.split('id="batch-progress"')[1].split(">")[0]


def test_a_named_grant_that_waits_is_asked_for_once_and_another_with_its_key_is_refused(alice, support):
    rows = [grant(alice, 100, support, key=key) for key in ("a", "b", "c", "c", "a")]
    assert made(rows) == ["Grant", "Grant", "GrantRequest", "GrantRequest", "Grant"]
    assert (rows[2], rows[0]) == (rows[3], rows[4])
    with pytest.raises(KeyReused):
        grant(alice, 1, support, key="c")
    assert (GrantRequest.objects.count(), get_token_balance(alice.pk)) == (1, 200)


# --- two at once -------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_grants_and_lists_at_once_do_not_pass_the_limit_together(alice, bob):
    support = hire("support")
    verbs = [
        lambda: grant(alice, 100, support),
        lambda: grant(bob, 100, support, key=str(uuid.uuid4())),
        lambda: start([alice.email], 100, support),
        lambda: start(["a@example.com", "b@example.com"], 50, support),
    ]
    rows = at_once(lambda number: verbs[number % 4]())
    assert not [row for row in rows if isinstance(row, Exception)]
    while batches.work_one():
        pass
    alone_granted = Grant.objects.filter(batch=None).count() + GrantBatch.objects.filter(request=None).count()
    assert (alone_granted, GrantRequest.objects.count(), alone.left(support)) == (2, 6, 50)
    assert get_token_balance(alice.pk) + get_token_balance(bob.pk) <= 200
    assert_books_are_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_approvals_and_refusals_at_once_make_one_of_the_two(alice):
    asked = grant(alice, 251, hire("manager"))
    deciders = [hire("manager", username=f"m{number}") for number in range(8)]

    def decide(number):
        verb = approving.decline if number % 2 else approving.approve
        return verb(asked, why=Why(deciders[number], "Seen"))

    outcomes = at_once(decide)
    asked.refresh_from_db()
    assert get_token_balance(alice.pk) == (251 if asked.status == "approved" else 0)
    assert sum(isinstance(outcome, RequestDecided) for outcome in outcomes) == 4
    assert StaffAct.objects.filter(verb__in=["approve grant", "decline grant"]).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_list_approved_by_eight_at_once_is_granted_once(alice, bob):
    batch = start([alice.email, bob.email], 126, hire("manager"))
    deciders = [hire("manager", username=f"m{number}") for number in range(4)]

    def work(number):
        return (
            approving.approve(batch.request, why=Why(deciders[number // 2], "x")) if number % 2 else batches.work_one()
        )

    at_once(work)
    while batches.work_one():
        pass
    assert [get_token_balance(user.pk) for user in (alice, bob)] == [126, 126]


# --- the pages ---------------------------------------------------------------------------


def test_the_dialog_says_what_is_left_and_that_a_grant_waits(client, alice, support, manager):
    client.force_login(support)
    address = page("accounts_user", "grant", alice.pk)
    fields = {"tokens": "100", "reason": "Goodwill", "note": "x"}
    assert "250 tokens; more needs approval." in words(client.get(address))
    assert told(press(client, address, **fields, times=1)[0])[-1] == "Granted 100 tokens to alice."
    grant(alice, 100, support)
    assert "50 tokens; more needs approval." in words(client.get(address))
    answers = press(client, address, **fields)
    assert told(answers[0])[-1] == told(answers[1])[-1] == "100 tokens for alice: pending approval."
    asked = GrantRequest.objects.get()
    assert page("tokens_grantrequest", "approve", asked.pk) not in words(
        client.get(page("tokens_grantrequest", "change", asked.pk))
    )
    client.force_login(manager)
    assert "Grants to approve" in words(client.get("/admin/"))
    decided = press(client, page("tokens_grantrequest", "approve", asked.pk))
    assert [told(answer)[-1] for answer in decided] == ["Grant approved."] * 2
    assert get_token_balance(alice.pk) == 300
    assert "Approved" in words(client.get(page("tokens_grantrequest", "change", asked.pk)))


def test_the_preview_of_a_list_says_that_it_needs_approval(client, alice, bob, support, manager):
    client.force_login(support)
    key = hidden(client.get(LIST), "key")
    emails = f"{alice.email} {bob.email} c@example.com"
    body = {"key": key, "emails": emails, "tokens": "100", "reason": "Promotion", "note": "x"}
    shown = client.post(LIST, body)
    assert "Request approval for up to 300 tokens" in words(shown)
    body["_confirm"] = hidden(shown, "_confirm")
    for _ in range(2):
        assert told(client.post(LIST, body))[-1] == "Pending approval: another member of staff must approve this list."
    batch = GrantBatch.objects.get()
    assert "Pending approval" in words(client.get(page("tokens_grantbatch", "change", batch.pk)))
    client.force_login(manager)
    press(client, page("tokens_grantrequest", "decline", batch.request.pk))
    batch.refresh_from_db()
    assert (batch.status, GrantRequest.objects.get().status) == ("declined", "declined")


def test_a_limit_below_zero_is_refused_at_start(settings):
    settings.STAFF_DAILY_GRANT_LIMIT = settings.STAFF_GRANT_LIMIT = -1
    found = [error for error in run_checks() if error.id == "soulfra.E040"]
    assert len(found) == 2
