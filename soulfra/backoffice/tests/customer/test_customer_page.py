"""The customer page: what a customer has and did, for those who may see it; buttons for those who may press them."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from memberships.current import get_membership
from soulfra.backoffice.customer.tabs import TABS
from soulfra.privacy.anonymising import anonymise
from soulfra.privacy.export import export
from tokens.errors import NotPermitted
from tokens.ledger.wallet import get_token_balance
from tokens.models import Dispute, Grant, LedgerEntry, Posting, Purchase, Refund, StaffAct, StaffNote, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff.acts import Why
from tokens.staff.granting import grant
from tokens.testing.office import hire, page, press, told

pytestmark = pytest.mark.django_db

ROLES = ["support", "finance", "manager", "auditor"]


@pytest.fixture
def rich(alice):
    """alice, with 500 tokens of which some are spent, held, and taken back."""
    purchase = simulate_token_purchase(alice.pk, "pro")
    spend(alice, "ai_analysis", metadata={"domain": "example.com"})
    hold(alice, "data_export", metadata={"domain": "example.com"})
    Refund.objects.create(user=alice, purchase=purchase, amount_cents=800, source="dashboard", status="succeeded")
    follow_the_money(purchase)
    return alice


def address_of(user):
    return page("accounts_user", "change", user.pk)


def verb(name, user):
    return page("accounts_user", name, user.pk)


def text_of(answer):
    return " ".join(answer.content.decode().split())


def link_to(model, row, words):
    return f'href="{page(model, "change", row.pk)}">{words}</a>'


def opened(client, role, user, tab="statement"):
    client.force_login(hire(role))
    return client.get(address_of(user), {"tab": tab})


# --- looking -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tab", TABS)
def test_every_role_sees_every_tab(client, rich, role, tab):
    answer = opened(client, role, rich, tab)
    assert answer.status_code == 200
    assert f'href="?tab={tab}"' in answer.content.decode()


def test_staff_without_a_role_see_nothing(client, rich):
    client.force_login(hire())
    assert client.get(address_of(rich)).status_code == 403


def test_the_statement_has_the_running_balance_and_links_to_cause_and_lot(client, rich):
    answer = opened(client, "support", rich)
    shown = text_of(answer)
    assert [row[3] for row in answer.context["table"]["rows"]] == ["385", "485", "495", "500"]
    for entry in LedgerEntry.objects.select_related("lot"):
        assert f"{entry.tokens:+d}" in shown
        assert entry.balance_after is None or str(entry.balance_after) in shown
        assert page("tokens_lot", "change", entry.lot.pk) in shown
    assert page("tokens_purchase", "change", Purchase.objects.get().pk) in shown
    posting, held = Posting.objects.get(), TokenUsage.objects.get(status="held")
    assert link_to("tokens_posting", posting, f"Usage 1 (posting {posting.pk})") in shown
    assert link_to("tokens_tokenusage", held, f"data_export example.com (token usage {held.pk})") in shown


def test_the_figures_and_the_flags(client, rich):
    Purchase.objects.update(fraud_warning_at=timezone.now())
    Dispute.objects.create(
        user=rich,
        purchase=Purchase.objects.get(),
        stripe_id="dp_1",
        status="needs_response",
        amount_cents=100,
        fetched_at=timezone.now(),
    )
    follow_the_money(Purchase.objects.get())
    shown = text_of(opened(client, "auditor", rich))
    assert f'<dt>Balance</dt> <dd class="font-semibold text-important"> {get_token_balance(rich.pk)} </dd>' in shown
    assert "1 open dispute" in shown
    assert "Fraud warning on 1 purchase" in shown


def test_the_pages_of_a_long_statement_hang_together_and_cost_the_same(client, alice, staff):
    for _ in range(60):
        grant(alice, tokens=1, why=Why(staff, "Goodwill"))
    client.force_login(staff)
    client.get(address_of(alice))
    costs, seen, asked = [], [], dict[str, int]()
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address_of(alice), asked)
        costs.append(len(queries))
        seen += [row[3] for row in answer.context["table"]["rows"]]
        before = answer.context["next_before"]
        asked = {"before": before}
    assert seen == [str(balance) for balance in range(60, 0, -1)]
    assert len(set(costs)) == 1
    assert before is None


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_costs_the_same_statements_with_few_rows_and_with_more(client, rich, staff, tab):
    client.force_login(staff)
    purchase = Purchase.objects.get()
    grant(rich, tokens=1, why=Why(staff, "Goodwill"))  # a statement reads one kind of cause at a time
    client.get(address_of(rich), {"tab": tab})
    with CaptureQueriesContext(connection) as with_few:
        client.get(address_of(rich), {"tab": tab})
    for _ in range(2):
        simulate_token_purchase(rich.pk, "pro")
        spend(rich, "ai_analysis")
        api_keys.issue(rich, name="CI")
        grant(rich, tokens=1, why=Why(staff, "Goodwill"))
        StaffNote.objects.create(user=rich, text="Kind", by=staff)
        Refund.objects.create(user=rich, purchase=purchase, amount_cents=1, source="staff", by=staff)
    follow_the_money(purchase)
    with CaptureQueriesContext(connection) as with_more:
        client.get(address_of(rich), {"tab": tab})
    assert len(with_more) == len(with_few)


# --- buttons -----------------------------------------------------------------------------

MAY = {
    "grant": {"support", "manager"},
    "deduct": {"finance"},
    "note": {"support", "finance", "manager"},
    "give_membership": {"manager"},
    "block": {"finance", "manager"},
    "reset_password": {"support"},
    "export": {"manager"},
    "anonymise": {"manager"},
    "edit_account": set(),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", MAY)
def test_a_button_is_only_for_those_who_may(client, rich, name, role):
    shown = opened(client, role, rich).content.decode()
    may, address = role in MAY[name], verb(name, rich)
    assert (address in shown) == may
    assert client.get(address).status_code == (200 if may else 403)
    if not may:
        assert client.post(address, {"_form_submitted": "True", "form_key": "k", "reason": "x"}).status_code == 403
    assert not StaffAct.objects.exists()


def test_a_grant_from_the_page_is_made_once_and_stands_on_the_statement(client, alice):
    support = hire("support")
    client.force_login(support)
    answers = press(client, verb("grant", alice), tokens="20", reason="Goodwill", note="Was kept waiting")
    assert told(answers[0]) == ["Granted 20 tokens to alice."]
    assert (get_token_balance(alice.pk), Grant.objects.get().by) == (20, support)
    act = StaffAct.objects.get()
    assert (act.reason, act.note, act.request_id) == ("Goodwill", "Was kept waiting", answers[0]["X-Request-ID"])
    assert LogEntry.objects.get().user == support
    assert "+20" in client.get(address_of(alice)).content.decode()


def test_a_grant_above_the_limit_of_support_is_told_and_not_made(client, alice):
    client.force_login(hire("support"))
    answers = press(client, verb("grant", alice), tokens="101", reason="Goodwill", note="x")
    assert "at most 100" in told(answers[0])[0]
    assert not Grant.objects.exists()


@pytest.mark.parametrize("wrong", [{"tokens": "0"}, {"reason": "Because"}, {"note": ""}, {"expires_at": "2020-01-01"}])
def test_a_grant_that_says_too_little_is_asked_again(client, alice, wrong):
    client.force_login(hire("support"))
    fields = {"tokens": "20", "reason": "Goodwill", "note": "x", **wrong}
    assert all("HX-Redirect" not in answer for answer in press(client, verb("grant", alice), **fields))
    assert not Grant.objects.exists()


def test_spending_is_stopped_and_allowed_from_the_page(client, rich):
    client.force_login(hire("finance"))
    press(client, verb("block", rich))
    shown = client.get(address_of(rich)).content.decode()
    assert "Spending suspended by staff" in shown
    assert verb("block", rich) not in shown
    press(client, verb("unblock", rich))
    assert "Spending was stopped" not in client.get(address_of(rich)).content.decode()


def test_a_note_is_kept_as_it_was_written(client, alice):
    client.force_login(hire("support"))
    press(client, verb("note", alice), reason="Calls on Mondays")
    assert StaffNote.objects.get().text == "Calls on Mondays"
    assert "Calls on Mondays" in client.get(address_of(alice), {"tab": "notes"}).content.decode()


def test_a_membership_is_given_from_the_page(client, alice):
    client.force_login(hire("manager"))
    press(client, verb("give_membership", alice), plan="premium", until="2099-01-01")
    assert get_membership(alice.pk).tier == "premium"
    assert StaffAct.objects.get().verb == "give a membership"


def test_the_mail_to_choose_a_new_password_is_sent_once(client, alice, mailoutbox):
    client.force_login(hire("support"))
    answers = press(client, verb("reset_password", alice))
    assert told(answers[0]) == ["Password reset email sent to alice@example.com."]
    assert [mail.to for mail in mailoutbox] == [["alice@example.com"]]
    assert StaffAct.objects.get().verb == "send a password reset"


def test_no_mail_goes_to_a_closed_account(client, alice, mailoutbox):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    client.force_login(hire("support"))
    assert told(press(client, verb("reset_password", alice))[0]) == [
        "This account is closed or has no email address, so no email can be sent."
    ]
    assert mailoutbox == []


# --- the person --------------------------------------------------------------------------


def test_an_export_is_everything_of_this_person_and_no_secret(client, rich, bob, staff):
    _, secret = api_keys.issue(rich, name="CI")
    spend(rich, "ai_analysis", idempotency_key="the caller's own")
    grant(bob, tokens=7, why=Why(staff, "Goodwill"))
    client.force_login(hire("manager"))
    answer = client.post(verb("export", rich), {"_form_submitted": "True", "form_key": "k", "reason": "Asked for"})
    assert answer["Content-Disposition"] == f'attachment; filename="personal-data-{rich.pk}.json"'
    text = b"".join(answer.streaming_content).decode()
    kept = json.loads(text)
    assert kept["account"][0]["email"] == "alice@example.com"
    assert len(kept["entries"]) == LedgerEntry.objects.filter(wallet=rich.pk).count()
    assert [row["number"] for row in kept["usage"]] == [1, 2, 3]
    assert [row["name"] for row in kept["api_keys"]] == ["CI"]
    assert kept["grants"] == []
    keyed = TokenUsage.objects.get(key_digest__isnull=False)
    for hidden in (
        secret,
        rich.password,
        ApiKey.objects.get().digest,
        f"{keyed.key_digest}",
        f"{keyed.request_digest}",
    ):
        assert hidden not in text
    assert StaffAct.objects.filter(verb="export", user=rich).count() == 1


def test_only_who_may_exports_a_person(rich):
    with pytest.raises(NotPermitted):
        export(rich, why=Why(hire("support"), "Curious"))


def test_an_anonymised_person_is_unknown_signed_out_and_their_money_stays(client, rich, alices):
    _, secret = api_keys.issue(rich, name="CI")
    entries = LedgerEntry.objects.count()
    client.force_login(hire("manager"))
    answers = press(client, verb("anonymise", rich))
    assert told(answers[0]) == [f"Personal data erased: this customer is now anonymous-{rich.pk}."]
    person = User.objects.get(pk=rich.pk)
    assert (person.username, person.email, person.is_active) == (f"anonymous-{rich.pk}", "", False)
    assert not person.has_usable_password()
    assert alices.get("/tokens/purchases").status_code == 302
    headers = {"Authorization": f"Bearer {secret}"}
    assert alices.get("/api/tokens/balance", headers=headers).status_code == 401
    assert (Purchase.objects.count(), LedgerEntry.objects.count()) == (1, entries)
    assert StaffAct.objects.get().verb == "anonymise"


@pytest.fixture
def alices(rich):
    """A browser in which alice is signed in."""
    from django.test import Client

    browser = Client()
    browser.force_login(rich)
    assert Session.objects.count() == 1
    assert browser.get("/tokens/purchases").status_code == 200
    return browser


def test_a_member_of_staff_is_never_anonymised(staff):
    manager = hire("manager")
    with pytest.raises(NotPermitted):
        anonymise(staff, why=Why(manager, "x"))
    with pytest.raises(NotPermitted):
        anonymise(staff, why=Why(hire("finance"), "x"))
    assert User.objects.filter(username="staff").exists()


def test_actions_are_shown_by_their_labels_also_those_of_old_rows(client, staff, alice):
    for verb in ("give a membership", "refund", "mark as no test"):
        marked = StaffAct.objects.create(by=staff, verb=verb, user=alice, subject=f"of {verb}", reason="r")
    client.force_login(staff)
    log = page("tokens_staffact", "changelist")
    for address in (
        log,
        page("tokens_staffact", "change", marked.pk),
        page("accounts_user", "change", alice.pk) + "?tab=acts",
    ):
        read = client.get(address).content.decode().replace("of mark as no test", "")
        assert "Unmark as test" in read, address
        assert "mark as no test" not in read.replace("verb=mark", ""), address
    filtered = client.get(log, {"verb": "give a membership"}).content.decode()
    assert "of give a membership" in filtered
    assert "of refund" not in filtered
