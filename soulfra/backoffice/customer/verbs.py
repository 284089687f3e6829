"""The customer page's buttons: each a dialog, then the domain function of staff, once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from unfold.decorators import action
from unfold.enums import ActionVariant

from accounts.factors.proof import has_factor, require_fresh_factor
from accounts.models import User
from memberships import complimentary
from memberships.admin.ending import CANCEL, END_GIFT, CancelForm, EndGiftOfForm, cancel, end_gift
from memberships.admin.giving import GIVE, give
from memberships.current import get_membership
from soulfra.backoffice import invitations
from soulfra.backoffice.customer import account
from soulfra.backoffice.customer.forms import (
    CustomerForm,
    DeductForm,
    GiveMembershipForm,
    GrantForm,
    GraveForm,
    NoteForm,
)
from soulfra.privacy.anonymising import ANONYMISE, anonymise
from soulfra.privacy.export import EXPORT, export
from tokens.models import AutoTopUp, GrantRequest, Wallet
from tokens.staff import granting, noting, stopping, topping_up
from tokens.web.admin.actions import pk_of, row_of, staff_of
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.wording import counted


class CustomerVerbs:
    """A mixin of the user page; everything is `ModelAdmin`'s but these."""

    actions_detail: Any = [
        "grant",
        "deduct",
        "note",
        {
            "title": "More",
            "items": [
                *["give_membership", "end_gift", "cancel_membership", "block", "unblock", "turn_off_top_up"],
                *["reset_password", "end_sessions", "invite", "export", "anonymise", "edit_account"],
            ],
        },
    ]

    @button("Grant", dialog("Grant tokens", GrantForm, "Grant"), needs="grant", variant=ActionVariant.PRIMARY)
    def grant(self, request: HttpRequest, form: GrantForm, user: User) -> Told:
        wanted = form.cleaned_data
        row = granting.grant(user, tokens=wanted["tokens"], why=form.why(request), expires_at=wanted["expires_at"])
        tokens = counted(row.tokens, "token")
        is_waiting = isinstance(row, GrantRequest)
        return user, f"{tokens} for {user}: pending approval." if is_waiting else f"Granted {tokens} to {user}."

    @button(
        "Deduct",
        dialog("Deduct tokens", DeductForm, "Deduct", "You can deduct up to the available balance."),
        needs="deduct",
    )
    def deduct(self, request: HttpRequest, form: DeductForm, user: User) -> Told:
        granting.deduct(user, tokens=form.cleaned_data["tokens"], why=form.why(request))
        return user, f"Deducted {counted(form.cleaned_data['tokens'], 'token')} from {user}."

    @button("Note", dialog("Internal note", NoteForm, "Save"), needs="note")
    def note(self, request: HttpRequest, form: NoteForm, user: User) -> Told:
        noting.write_note(user, text=form.cleaned_data["reason"], by=staff_of(request))
        return user, "Note saved."

    @button(
        "Add complimentary plan",
        dialog("Add a complimentary plan", GiveMembershipForm, "Add plan"),
        needs="give_membership",
        verb=GIVE,
    )
    def give_membership(self, request: HttpRequest, form: GiveMembershipForm, user: User) -> Told:
        return give(request, form, user)

    @button(
        "Revoke complimentary plan",
        dialog(
            "Revoke this complimentary plan?",
            EndGiftOfForm,
            "Revoke plan",
            "The customer returns immediately to their paid plan, or to Free.",
        ),
        needs="end_gift",
        variant=ActionVariant.DANGER,
        verb=END_GIFT,
    )
    def end_gift(self, request: HttpRequest, form: EndGiftOfForm, user: User) -> Told:
        return end_gift(request, form, complimentary.active(user.pk))

    @button(
        "Cancel paid membership",
        dialog("Cancel this membership now?", CancelForm, "Cancel membership", "No refund is issued automatically."),
        needs="cancel_membership",
        variant=ActionVariant.DANGER,
        asks_stripe=True,
        verb=CANCEL,
    )
    def cancel_membership(self, request: HttpRequest, form: CancelForm, user: User) -> Told:
        return cancel(request, user)

    @button(
        "Suspend spending",
        dialog("Suspend spending?", CustomerForm, "Suspend spending", "New spends and holds will be refused."),
        needs="block",
        variant=ActionVariant.DANGER,
    )
    def block(self, request: HttpRequest, form: CustomerForm, user: User) -> Told:
        stopping.block(user, why=form.why(request))
        return user, f"Spending suspended for {user}."

    @button(
        "Reinstate spending",
        dialog("Reinstate spending?", CustomerForm, "Reinstate spending"),
        needs="unblock",
    )
    def unblock(self, request: HttpRequest, form: CustomerForm, user: User) -> Told:
        stopping.unblock(user, why=form.why(request))
        return user, f"Spending reinstated for {user}."

    @button(
        "Turn off automatic top-up",
        dialog(
            "Turn off automatic top-up?",
            CustomerForm,
            "Turn off",
            "Nothing more is charged automatically. Only the customer can turn it on again.",
        ),
        needs="turn_off_top_up",
    )
    def turn_off_top_up(self, request: HttpRequest, form: CustomerForm, user: User) -> Told:
        was_on = topping_up.turn_off(user, why=form.why(request))
        return user, f"Automatic top-up of {user} is off." if was_on else f"Automatic top-up of {user} was off before."

    @button(
        "Send password reset",
        dialog("Send a password reset email?", CustomerForm, "Send email"),
        needs="reset_password",
        asks_stripe=True,
    )
    def reset_password(self, request: HttpRequest, form: CustomerForm, user: User) -> Told:
        account.send_password_reset(user, request=request, why=form.why(request))
        return user, f"Password reset email sent to {user.email}."

    @button(
        "Invite to the back office",
        dialog(
            "Send a staff invitation?",
            GraveForm,
            "Send email",
            "Its link sets up two-factor authentication. It works once, for 48 hours; earlier ones stop working.",
        ),
        needs="invite",
        asks_stripe=True,
    )
    def invite(self, request: HttpRequest, form: GraveForm, user: User) -> Told:
        invitation = invitations.invite(user, why=form.why(request))
        return user, f"Invitation sent to {invitation.email}."

    @button(
        "Sign out everywhere",
        dialog("End all sessions?", CustomerForm, "End sessions", "API keys keep working; revoke them separately."),
        needs="end_sessions",
        variant=ActionVariant.DANGER,
    )
    def end_sessions(self, request: HttpRequest, form: CustomerForm, user: User) -> Told:
        account.end_sessions(user, why=form.why(request))
        return user, f"{user} is signed out everywhere."

    @action(description="Export personal data", permissions=["export"])
    def export(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        require_fresh_factor(request)
        page: Any = self
        user = row_of(page, request, object_id)
        form = CustomerForm(data=request.POST or None, request=request, object_id=object_id)
        if form.is_valid():
            pieces = export(user, why=form.why(request))
            page.log_change(request, user, f"Exported. Reason: {form.cleaned_data['reason']}")
            named = {"Content-Disposition": f'attachment; filename="personal-data-{user.pk}.json"'}
            return StreamingHttpResponse(pieces, content_type="application/json", headers=named)
        context = {
            **page.admin_site.each_context(request),
            "title": f"Export personal data of {user}",
            "opts": page.opts,
            "original": user,
            "form": form,
        }
        return render(request, "admin/accounts/export.html", context)

    @button(
        "Anonymise",
        dialog(
            "Anonymise this customer?",
            GraveForm,
            "Anonymise",
            "Permanently erases the name and addresses. Financial records are kept.",
        ),
        needs="anonymise",
        variant=ActionVariant.DANGER,
    )
    def anonymise(self, request: HttpRequest, form: CustomerForm, user: User) -> Told:
        return user, f"Personal data erased: this customer is now {anonymise(user, why=form.why(request))}."

    # Named here and not in the actions: the theme's check would look named permissions up in a database that may not
    # be there yet.
    has_grant_permission = allows(granting.GRANT, granting.GRANT_ANY)
    has_deduct_permission = allows(granting.DEDUCT)
    has_note_permission = allows(noting.NOTE)
    has_give_membership_permission = allows("memberships.add_gift")
    has_end_gift_permission = allows("memberships.change_gift", shown=lambda pk: complimentary.active(pk) is not None)
    has_cancel_membership_permission = allows(
        "memberships.change_subscription", shown=lambda pk: get_membership(pk).is_billed
    )
    has_block_permission = allows(stopping.FREEZE, shown=lambda pk: not _is_blocked(pk))
    has_unblock_permission = allows(stopping.FREEZE, shown=lambda pk: _is_blocked(pk))
    has_turn_off_top_up_permission = allows(
        topping_up.TURN_OFF, shown=lambda pk: AutoTopUp.objects.filter(pk=pk, is_on=True).exists()
    )
    has_reset_password_permission = allows(account.RESET)
    has_end_sessions_permission = allows(account.RESET)
    has_export_permission = allows(EXPORT)
    has_anonymise_permission = allows(ANONYMISE)

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Only for staff who have no second factor; a form sent twice is answered."""
        if not getattr(request.user, "is_superuser", False):
            return False
        user = User.objects.filter(pk=pk_of(object_id), is_staff=True).first()
        return request.method == "POST" or (user is not None and not has_factor(user))


def _is_blocked(user_id: int) -> bool:
    return Wallet.objects.filter(pk=user_id, blocked_at__isnull=False).exists()
