"""What staff do and write down: who, to whom, why, and in which request."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from tokens.wording import counted

# How the log shows an action whose stored name is no label. Rows are never rewritten, so the stored names stay.
ACTION_LABELS = {
    "approve a refund": "Approve refund",
    "ask for a refund": "Request refund approval",
    "block": "Suspend spending",
    "cancel a membership": "Cancel membership",
    "decline a refund": "Decline refund",
    "end a gift": "Revoke complimentary plan",
    "export": "Export personal data",
    "give a membership": "Add complimentary plan",
    "grant to a list": "Bulk grant",
    "mark as no test": "Unmark as test",
    "move to the present price": "Migrate to current price",
    "note": "Add internal note",
    "release a hold": "Release hold",
    "replay": "Retry event",
    "revoke a key": "Revoke API key",
    "reverse a spend": "Reverse spend",
    "send a password reset": "Send password reset",
    "send again": "Send email again",
    "state an amount": "Enter amount",
    "turn off top-up": "Turn off automatic top-up",
    "unblock": "Reinstate spending",
}


class StaffAct(models.Model):
    """One act of a member of staff. Written in the transaction of what it did, never changed."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acts")
    verb = models.CharField("action", max_length=40, help_text="Such as “refund” or “grant”.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="acts_on", verbose_name="customer"
    )
    subject = models.CharField("object", max_length=200, help_text="Such as “purchase 17”.")
    reason = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True)
    request_id = models.CharField("request ID", max_length=64, blank=True, help_text="Finds the request in the logs.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "staff_acts"
        verbose_name = "audit log entry"
        verbose_name_plural = "audit log"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="act_has_a_reason")]
        indexes = [
            models.Index(fields=["user", "-id"], name="acts_on_a_user"),
            models.Index(fields=["by", "-id"], name="acts_of_a_member"),
            models.Index(fields=["verb", "-id"], name="acts_by_verb"),
            models.Index(fields=["request_id"], name="acts_of_a_request"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.subject}"

    @property
    def action(self) -> str:
        """The action as pages show it, also of rows that were written under an earlier wording."""
        return action_label(self.verb)


def action_label(verb: str) -> str:
    """The label of an action's stored name: “Unmark as test” for “mark as no test”."""
    return ACTION_LABELS.get(verb) or verb.capitalize()


class StaffNote(models.Model):
    """What staff want each other to know about a customer. Never changed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_notes", verbose_name="customer"
    )
    text = models.TextField(max_length=4000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_notes_written")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "staff_notes"
        verbose_name = "internal note"
        indexes = [models.Index(fields=["user", "-id"], name="staff_notes_newest_first")]

    def __str__(self) -> str:
        return self.text[:60]


class RefundRequest(models.Model):
    """A refund above what one member of staff may give back alone: it waits for another one.

    waiting → approved | declined
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Pending approval"
        APPROVED = "approved"
        DECLINED = "declined"

    purchase = models.ForeignKey("tokens.Purchase", models.PROTECT, related_name="refund_requests")
    amount_cents = models.PositiveIntegerField("amount")
    beyond_offer = models.BooleanField("exceeds refundable", default=False)
    reason = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="refunds_requested", verbose_name="requested by"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="refunds_decided"
    )
    refund = models.OneToOneField("tokens.Refund", models.PROTECT, null=True, blank=True, related_name="request")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "refund_requests"
        permissions = [("approve_refund", "Can approve refunds requested by others")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_request_has_an_amount"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("by")), name="refund_request_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by=None, decided_at=None)
                | ~Q(status="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="refund_request_decided_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(status="waiting"), name="refund_requests_waiting")]

    def __str__(self) -> str:
        return f"refund request {self.pk} for purchase {self.purchase_id} ({self.get_status_display().lower()})"


class GrantBatch(models.Model):
    """Tokens for a list of customers, granted one by one in the background, each once.

    ready → running → done; above what one member of staff may grant alone: waiting → ready | declined
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Pending approval"
        DECLINED = "declined"
        READY = "ready"
        RUNNING = "running"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    emails = models.JSONField(help_text="The addresses, in the order of the file.")
    tokens = models.PositiveIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grant_batches")
    status = models.CharField(max_length=10, choices=Status, default=Status.READY)
    worked = models.PositiveIntegerField("processed", default=0, help_text="How many addresses have been processed.")
    granted = models.PositiveIntegerField("customers granted", default=0)
    unknown = models.JSONField("unknown addresses", default=list, help_text="Addresses that belong to no customer.")
    lease_until = models.DateTimeField(
        "reserved until", null=True, blank=True, help_text="Reserved for one worker until then."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "grant_batches"
        verbose_name = "bulk grant"
        constraints = [models.CheckConstraint(condition=Q(tokens__gt=0), name="grant_batch_gives_tokens")]
        indexes = [models.Index(fields=["-created_at"], name="grant_batches_newest")]

    def __str__(self) -> str:
        return f"{counted(self.tokens, 'token')} for {counted(len(self.emails), 'customer')} ({self.status})"

    @property
    def skipped(self) -> int:
        """How many addresses turned out to be of whoever asked for the list, or approved it."""
        return self.worked - self.granted - len(self.unknown)


class GrantRequest(models.Model):
    """Tokens above what one member of staff may grant alone, for a customer or a list: another one decides.

    With a `usage`, they are `quantity` times of a spend that is to be taken back.

    waiting → approved | declined
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Pending approval"
        APPROVED = "approved"
        DECLINED = "declined"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grant_requests",
        verbose_name="customer",
    )
    batch = models.OneToOneField(
        GrantBatch, models.PROTECT, null=True, blank=True, related_name="request", verbose_name="bulk grant"
    )
    tokens = models.PositiveBigIntegerField(help_text="For a list: in total.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Leave empty for tokens that never expire.")
    reason = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants_requested", verbose_name="requested by"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="grants_decided"
    )
    grant = models.OneToOneField("tokens.Grant", models.PROTECT, null=True, blank=True, related_name="request")
    usage = models.ForeignKey(
        "tokens.TokenUsage",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grant_requests",
        db_index=False,
        verbose_name="spend to reverse",
    )
    quantity = models.PositiveIntegerField(null=True, blank=True, help_text="How many times of that spend.")
    reversal = models.OneToOneField(
        "tokens.SpendReversal", models.PROTECT, null=True, blank=True, related_name="request"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "grant_requests"
        permissions = [("approve_grant", "Can approve grants requested by others")]
        constraints = [
            models.CheckConstraint(condition=Q(tokens__gt=0), name="grant_request_gives_tokens"),
            models.CheckConstraint(
                condition=Q(user=None, batch__isnull=False) | Q(user__isnull=False, batch=None),
                name="grant_request_for_one_or_a_list",
            ),
            models.CheckConstraint(
                condition=Q(user=None)
                | ~Q(user=models.F("by")) & (Q(decided_by=None) | ~Q(user=models.F("decided_by"))),
                name="grant_request_for_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("by")), name="grant_request_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by=None, decided_at=None)
                | ~Q(status="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="grant_request_decided_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(status="waiting"), name="grant_requests_waiting")]

    def __str__(self) -> str:
        tokens = counted(self.tokens, "token")
        return f"grant request {self.pk} for {tokens} ({self.get_status_display().lower()})"
