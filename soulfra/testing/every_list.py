"""A row in every list of the back office, and where each list is."""

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from brands.models import CsvImport, Export
from brands.testing.rows import make_analysis, make_brand
from memberships.models import Gift, Invoice, Membership, Subscription
from tokens.models import (
    Dispute,
    GrantBatch,
    GrantRequest,
    LedgerCheck,
    Mail,
    MutedMail,
    Purchase,
    Reconciliation,
    Refund,
    RefundRequest,
    StaffAct,
    StaffNote,
    StripeCustomer,
    StripeEvent,
    TopUp,
)
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.purchases.reversals import follow_the_money
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.topping_up import agree, card_row


def live(user, staff):
    """A row in every list, of a customer who did and had everything once."""
    now, name = timezone.now(), user.username
    purchase = simulate_token_purchase(user.pk, "pro")
    Purchase.objects.filter(pk=purchase.pk).update(
        stripe_checkout_session_id=f"cs_{name}", stripe_payment_intent_id=f"pi_{name}", stripe_invoice_id=f"in_{name}"
    )
    spend(user, "data_export")
    hold(user, "ai_analysis", idempotency_key=name)
    grant(user, tokens=5, reason="sorry", by=staff)
    about = {"user": user, "purchase": purchase}
    Refund.objects.create(
        **about, amount_cents=400, status="succeeded", source="staff", stripe_id=f"re_{name}", by=staff
    )
    Dispute.objects.create(**about, stripe_id=f"dp_{name}", status="lost", amount_cents=1, fetched_at=now)
    follow_the_money(purchase)
    RefundRequest.objects.create(purchase=purchase, amount_cents=1, reason="r", by=staff)
    GrantBatch.objects.create(emails=[], tokens=1, reason="r", by=staff)
    GrantRequest.objects.create(user=user, tokens=1, reason="r", by=staff)
    StripeCustomer.objects.create(user=user, stripe_id=f"cus_{name}")
    StripeEvent.objects.create(stripe_id=f"evt_{name}", type="t", livemode=False, payload={})
    Mail.objects.create(user=user, kind="receipt", about=name, subject="s", text="t", address=f"old-{name}@example.com")
    MutedMail.objects.create(user=user, kind="receipt")
    card_row(user)
    consent = agree(user).consent
    TopUp.objects.create(user=user, crossing=1, consent=consent, purchase=purchase, status="done", created_at=now)
    LedgerCheck.objects.create(started_at=now, next_at=now)
    Reconciliation.objects.create(since=now, started_at=now)
    StaffAct.objects.create(by=staff, verb="refund", user=user, subject="s", reason="r", request_id=f"request-{name}")
    StaffNote.objects.create(by=staff, user=user, text="t")
    LogEntry.objects.log_actions(staff.pk, [user], 2, change_message="m", single_object=True)
    api_keys.issue(user, name="key")
    Authenticator.objects.create(user=user, type="totp", data={})
    brand = make_brand(user, f"{name}.com")
    make_analysis(brand)
    CsvImport.objects.create(user=user, content="domain\n", sha256="0" * 64)
    Export.objects.create(user=user, format="csv", expires_at=now)
    Gift.objects.create(user=user, plan_id="pro", until=now + timedelta(days=1), reason="r", by=staff)
    period = {"current_period_start": now, "current_period_end": now + timedelta(days=30)}
    subscription = Subscription.objects.create(
        user=user, plan_id="pro", stripe_id=f"sub_{name}", status="active", amount_cents=500, currency="usd",
        started_at=now, fetched_at=now, **period,
    )  # fmt: skip
    Membership.objects.update_or_create(user=user, defaults={"tier_id": "pro", "subscription": subscription})
    Invoice.objects.create(
        purchase=purchase, subscription=subscription, billing_reason="r", period_start=now, period_end=now
    )


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
