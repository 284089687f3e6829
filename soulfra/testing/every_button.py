"""Every button of the back office, a row for each, and what its form needs."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts import api_keys
from accounts.models import User
from memberships import complimentary
from memberships.models import Membership, Plan, Subscription
from memberships.testing.members import Member
from tokens.models import Dispute, Mail, Purchase, Refund, StripeEvent
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff import alone, refunding
from tokens.staff.acts import Why
from tokens.staff.grants import grant
from tokens.testing.office import hire, page
from tokens.testing.topping_up import agree, card_row

UNTIL = (timezone.now() + timedelta(days=30)).date().isoformat()
NOTED = {"reason": "Correction", "note": "By phone"}
PERSON = "accounts_user"

# What each form needs beside its key and a reason.
BUTTONS = {
    (PERSON, "grant"): {"tokens": "20", **NOTED},
    (PERSON, "deduct"): {"tokens": "20", **NOTED},
    (PERSON, "note"): {},
    (PERSON, "give_membership"): {"plan": "premium", "until": UNTIL},
    (PERSON, "end_gift"): {},
    (PERSON, "cancel_membership"): {},
    (PERSON, "block"): {},
    (PERSON, "unblock"): {},
    (PERSON, "turn_off_top_up"): {},
    (PERSON, "reset_password"): {},
    (PERSON, "end_sessions"): {},
    (PERSON, "anonymise"): {},
    ("accounts_apikey", "revoke"): {},
    ("memberships_membership", "give_free"): {"plan": "premium", "until": UNTIL},
    ("memberships_membership", "cancel_now"): {},
    ("memberships_gift", "give_to"): {"username": "bob", "plan": "premium", "until": UNTIL},
    ("memberships_gift", "end"): {},
    ("memberships_subscription", "move_to_present_price"): {},
    ("tokens_purchase", "refund"): {"how": "whole", "_confirm": "4000", "reason": "Duplicate", "note": "By phone"},
    ("tokens_dispute", "state_amount"): {"money": "2.00"},
    ("tokens_refund", "state_amount"): {"money": "2.00"},
    ("tokens_grantrequest", "approve"): {},
    ("tokens_grantrequest", "decline"): {},
    ("tokens_refundrequest", "approve"): {},
    ("tokens_refundrequest", "decline"): {},
    ("tokens_tokenusage", "release"): {},
    ("tokens_tokenusage", "take_back"): {"quantity": "1"},
    ("tokens_stripeevent", "replay"): {},
    ("tokens_stripeevent", "replay_failed"): {},
    ("tokens_grantbatch", "grant_to_a_list"): {"emails": "bob@example.com", "tokens": "20", **NOTED},
    ("tokens_mail", "send_again"): {},
}
# Each sending of these is an act of its own: a copy of the data, and Django's own form. The invitation is for staff
# alone, and tested in soulfra/tests/security.
OTHERS = {(PERSON, "export"), (PERSON, "edit_account"), (PERSON, "invite")}
OF_A_LIST = {"give_to", "replay_failed", "grant_to_a_list"}


def every_button():
    pages: dict[Any, Any] = dict(admin.site._registry)
    for model, model_page in pages.items():
        found = [*(model_page.actions_list or []), *(model_page.actions_detail or [])]
        found += [*(model_page.actions_row or []), *(model_page.actions_submit_line or [])]
        for one in found:
            for name in one["items"] if isinstance(one, dict) else [one]:
                yield f"{model._meta.app_label}_{model._meta.model_name}", name


ALL = sorted(every_button())


def make_rows(sandbox, alice, bob):
    """One row for each button; staff made none of the refund requests, which they may so decide."""
    member = Member(sandbox, alice)
    member.subscribe("pro")
    purchases = [sandbox.buy(user, "pro") for user in (alice, bob)]
    for purchase in purchases:
        sandbox.pay(purchase)
        sandbox.deliver(sandbox.event(purchase))
    until = timezone.now() + timedelta(days=9)
    gift = complimentary.give(alice, Plan.objects.get(key="premium"), until=until, reason="Thanks", by=hire("manager"))
    grant(alice, tokens=50, reason="So that the hold is of these", by=None)
    api_key, _ = api_keys.issue(alice, name="CI")
    asked = refunding.refund(
        purchases[1],
        amount_cents=4000,
        why=Why(hire("finance"), "Duplicate"),
        key=refunding.key_of(purchases[1]),
    )
    invoiced = Purchase.objects.get(type="subscription")

    def held(model, **more):
        of = {"user": alice, "purchase": invoiced, "amount_cents": 0}
        return model.objects.create(**of, **more, unclear="In another currency")

    card_row(alice)
    agree(alice)
    event = StripeEvent.objects.filter(type="checkout.session.completed")[0]
    StripeEvent.objects.filter(pk=event.pk).update(status="failed")
    Mail.objects.update(status="given_up")
    found = {
        "accounts_user": alice,
        "accounts_apikey": api_key,
        "memberships_membership": Membership.objects.get(pk=alice.pk),
        "memberships_gift": gift,
        "memberships_subscription": Subscription.objects.get(),
        "tokens_purchase": purchases[0],
        "tokens_dispute": held(Dispute, stripe_id="dp_1", status="lost", currency="eur", fetched_at=timezone.now()),
        "tokens_refund": held(Refund, stripe_id="re_1", status="pending", stripe_currency="eur", stripe_cents=1),
        "tokens_refundrequest": asked,
        "tokens_grantrequest": alone.ask(2000, why=Why(User.objects.get(username="manager"), "Promotion"), user=bob),
        "tokens_tokenusage": hold(alice, "data_export"),
        "take_back": spend(alice, "ai_analysis"),
        "tokens_stripeevent": event,
        "tokens_mail": Mail.objects.first(),
    }
    LogEntry.objects.all().delete()
    return found


def address_of(model, name, rows):
    row = rows.get(name) or rows.get(model)  # a button may want another row than the others of its page
    return page(model, name, *([] if name in OF_A_LIST or row is None else [row.pk]))
