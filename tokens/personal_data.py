"""This app's personal data, for exports and for erasure.

Reasons in the audit log stay, as do the events that Stripe sent and what Stripe itself stores.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User
from accounts.personal_data import forgets, keeps, keeps_internally
from tokens.models import (
    AccountMail,
    AutoTopUp,
    CardToForget,
    CardWish,
    DailyTotal,
    Dispute,
    Grant,
    GrantBatch,
    GrantRequest,
    LedgerEntry,
    Lot,
    Mail,
    MutedMail,
    Posting,
    Purchase,
    PurchaseTotal,
    Refund,
    RefundRequest,
    SavedCard,
    StaffAct,
    StaffNote,
    StripeCustomer,
    TokenUsage,
    TopUp,
    TopUpConsent,
    UsageTotal,
    Wallet,
)


@keeps
def tokens_and_money(user_id: int) -> dict[str, QuerySet[Any]]:
    """For the export: everything this app has about a user, each kind in the order it was made (by a unique field)."""
    mine: dict[str, type[Any]] = {
        "stripe_customer": StripeCustomer,
        "purchases": Purchase,
        "refunds": Refund,
        "disputes": Dispute,
        "grants": Grant,
        "usage_totals": UsageTotal,
        "daily_totals": DailyTotal,
        "purchase_totals": PurchaseTotal,
        "emails": Mail,
        "email_opt_outs": MutedMail,
        "saved_card": SavedCard,
        "cards_to_forget": CardToForget,
        "auto_top_up": AutoTopUp,
        "top_up_consents": TopUpConsent,
        "top_ups": TopUp,
    }
    return {
        **{name: model.objects.filter(user=user_id).order_by("pk") for name, model in mine.items()},
        "card_wishes": CardWish.objects.filter(purchase__user=user_id).order_by("pk"),
        "usage": TokenUsage.objects.for_user(user_id).order_by("number"),
        "wallet": Wallet.objects.filter(pk=user_id),
        "lots": Lot.objects.filter(wallet=user_id).order_by("pk"),
        "postings": Posting.objects.filter(wallet=user_id).order_by("last_number"),
        "entries": LedgerEntry.objects.filter(wallet=user_id).order_by("pk"),
    }


@keeps_internally
def what_staff_wrote(user_id: int) -> dict[str, QuerySet[Any]]:
    """For the export by staff: notes about a customer, what was done for them, and what waits for a second person."""
    mine: dict[str, type[Any]] = {
        "grant_requests": GrantRequest,
        "internal_notes": StaffNote,
        "audit_log": StaffAct,
    }
    return {
        **{name: model.objects.filter(user=user_id).order_by("pk") for name, model in mine.items()},
        "refund_requests": RefundRequest.objects.filter(purchase__user=user_id).order_by("pk"),
    }


@forgets
def forget_in_money_and_mail(user: User, unknown: str) -> None:
    """Erase addresses, texts and browser details of a user from this app's rows; amounts and tokens stay."""
    _forget_in_lists(user.email, unknown)
    StripeCustomer.objects.filter(user=user).update(email="")
    # Who has an invoice's address reads name and address there; its id stays for the books.
    Purchase.objects.for_user(user.pk).update(client_ip=None, user_agent="", invoice_url="", invoice_pdf="")
    TopUpConsent.objects.filter(user=user).update(address=None)
    Refund.objects.filter(user=user).update(credit_note_pdf="")
    StaffNote.objects.filter(user=user).update(text="")
    AccountMail.objects.filter(address__iexact=user.email).delete()
    mails = Mail.objects.filter(user=user)
    mails.filter(status=Mail.Status.WAITING).update(status=Mail.Status.GIVEN_UP, next_try_at=None)
    mails.update(address="", text="", html="", last_error="", subject=F("kind"))


def _forget_in_lists(email: str, unknown: str) -> None:
    """Lists that were granted keep the addresses they were given."""
    if not email:
        return
    address = email.lower()
    lists = GrantBatch.objects.annotate(text=Cast("emails", TextField())).filter(text__contains=address)
    for batch in lists.select_for_update():
        batch.emails = [unknown if each == address else each for each in batch.emails]
        batch.save(update_fields=["emails"])
