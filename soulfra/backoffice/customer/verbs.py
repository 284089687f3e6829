"""The customer page's buttons: each a dialog, then the domain function of staff, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from unfold.decorators import action
from unfold.enums import ActionVariant

from accounts.factors.proof import has_factor, require_fresh_factor
from accounts.models import User
from memberships import complimentary
from memberships.admin.ending import CancelForm, EndGiftOfForm, cancel, end_gift
from memberships.admin.giving import give
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
from soulfra.backoffice.privacy.anonymising import ANONYMISE, anonymise
from soulfra.backoffice.privacy.export import EXPORT, export
from tokens.models import Wallet
from tokens.staff import granting, noting, stopping
from tokens.web.admin.actions import VerbForm, act_once, pk_of, staff_of
from tokens.web.admin.links import page_of
from tokens.wording import counted


def dialog(title: str, form: type[VerbForm], submit: str, description: str = "") -> Any:
    return {"title": title, "description": description, "form_class": form, "form_submit_text": submit}


class CustomerVerbs:
    """A mixin of the user page; everything is `ModelAdmin`'s but these."""

    actions_detail: Any = [
        "grant",
        "deduct",
        "note",
        {
            "title": "More",
            "items": [
                *["give_membership", "end_gift", "cancel_membership", "block", "unblock"],
                *["reset_password", "invite", "export", "anonymise", "edit_account"],
            ],
        },
    ]

    @action(
        description="Grant",
        permissions=["grant"],
        variant=ActionVariant.PRIMARY,
        dialog=dialog("Grant tokens", GrantForm, "Grant"),
    )
    def grant(self, request: HttpRequest, form: GrantForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            wanted = form.cleaned_data
            granting.grant(user, tokens=wanted["tokens"], why=form.why(request), expires_at=wanted["expires_at"])
            return f"Granted {counted(wanted['tokens'], 'token')} to {user}."

        return self._act(request, form, object_id, work)

    @action(
        description="Deduct",
        permissions=["deduct"],
        dialog=dialog("Deduct tokens", DeductForm, "Deduct", "You can deduct up to the available balance."),
    )
    def deduct(self, request: HttpRequest, form: DeductForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            granting.deduct(user, tokens=form.cleaned_data["tokens"], why=form.why(request))
            return f"Deducted {counted(form.cleaned_data['tokens'], 'token')} from {user}."

        return self._act(request, form, object_id, work)

    @action(description="Note", permissions=["note"], dialog=dialog("Internal note", NoteForm, "Save"))
    def note(self, request: HttpRequest, form: NoteForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            noting.write_note(user, text=form.cleaned_data["reason"], by=staff_of(request))
            return "Note saved."

        return self._act(request, form, object_id, work)

    @action(
        description="Complimentary plan",
        permissions=["give_membership"],
        dialog=dialog("Add a complimentary plan", GiveMembershipForm, "Add plan"),
    )
    def give_membership(self, request: HttpRequest, form: GiveMembershipForm, object_id: str) -> HttpResponse:
        user = self._customer(request, object_id)
        return give(self, request, form, user=user, back=page_of(user))

    @action(
        description="Revoke complimentary plan",
        permissions=["end_gift"],
        variant=ActionVariant.DANGER,
        dialog=dialog(
            "Revoke this complimentary plan?",
            EndGiftOfForm,
            "Revoke plan",
            "The customer returns immediately to their paid plan, or to Free.",
        ),
    )
    def end_gift(self, request: HttpRequest, form: EndGiftOfForm, object_id: str) -> HttpResponse:
        user = self._customer(request, object_id)
        return end_gift(self, request, form, gift=complimentary.going_on(user.pk), back=page_of(user))

    @action(
        description="Cancel paid membership",
        permissions=["cancel_membership"],
        variant=ActionVariant.DANGER,
        dialog=dialog(
            "Cancel this membership now?", CancelForm, "Cancel membership", "No refund is issued automatically."
        ),
    )
    def cancel_membership(self, request: HttpRequest, form: CancelForm, object_id: str) -> HttpResponse:
        user = self._customer(request, object_id)
        return cancel(self, request, form, user=user, back=page_of(user))

    @action(
        description="Suspend spending",
        permissions=["block"],
        variant=ActionVariant.DANGER,
        dialog=dialog("Suspend spending?", CustomerForm, "Suspend spending", "New spends and holds will be refused."),
    )
    def block(self, request: HttpRequest, form: CustomerForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            stopping.block(user, why=form.why(request))
            return f"Spending suspended for {user}."

        return self._act(request, form, object_id, work)

    @action(
        description="Reinstate spending",
        permissions=["unblock"],
        dialog=dialog("Reinstate spending?", CustomerForm, "Reinstate spending"),
    )
    def unblock(self, request: HttpRequest, form: CustomerForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            stopping.unblock(user, why=form.why(request))
            return f"Spending reinstated for {user}."

        return self._act(request, form, object_id, work)

    @action(
        description="Send password reset",
        permissions=["reset_password"],
        dialog=dialog("Send a password reset email?", CustomerForm, "Send email"),
    )
    def reset_password(self, request: HttpRequest, form: CustomerForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            account.send_password_reset(user, request=request, why=form.why(request))
            return f"Password reset email sent to {user.email}."

        return self._act(request, form, object_id, work, asks_stripe=True)

    @action(
        description="Invite to the back office",
        permissions=["invite"],
        dialog=dialog(
            "Send a staff invitation?",
            GraveForm,
            "Send email",
            "Its link sets up two-factor authentication. It works once, for 48 hours; earlier ones stop working.",
        ),
    )
    def invite(self, request: HttpRequest, form: CustomerForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            invitation = invitations.invite(user, why=form.why(request))
            return f"Invitation sent to {invitation.email}."

        return self._act(request, form, object_id, work, asks_stripe=True)

    @action(description="Export personal data", permissions=["export"])
    def export(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        require_fresh_factor(request)
        user = self._customer(request, object_id)
        form = CustomerForm(data=request.POST or None, request=request, object_id=object_id)
        if form.is_valid():
            pieces = export(user, why=form.why(request))
            self.log_change(request, user, f"Exported. Reason: {form.cleaned_data['reason']}")  # type: ignore[attr-defined]
            named = {"Content-Disposition": f'attachment; filename="person-{user.pk}.json"'}
            return StreamingHttpResponse(pieces, content_type="application/json", headers=named)
        page: Any = self
        shared = page.admin_site.each_context(request)
        context = {
            **shared,
            "title": f"Export personal data of {user}",
            "opts": page.opts,
            "original": user,
            "form": form,
        }
        return render(request, "admin/accounts/export.html", context)

    @action(
        description="Anonymise",
        permissions=["anonymise"],
        variant=ActionVariant.DANGER,
        dialog=dialog(
            "Anonymise this customer?",
            GraveForm,
            "Anonymise",
            "Permanently erases the name and addresses. Financial records are kept.",
        ),
    )
    def anonymise(self, request: HttpRequest, form: CustomerForm, object_id: str) -> HttpResponse:
        def work(user: User) -> str:
            return f"Personal data erased: this customer is now {anonymise(user, why=form.why(request))}."

        return self._act(request, form, object_id, work)

    def has_grant_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(granting.GRANT) or request.user.has_perm(granting.GRANT_ANY)

    def has_block_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(stopping.FREEZE) and (request.method == "POST" or not self._is_blocked(object_id))

    def has_unblock_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(stopping.FREEZE) and (request.method == "POST" or self._is_blocked(object_id))

    def _is_blocked(self, object_id: Any) -> bool:
        return Wallet.objects.filter(pk=pk_of(object_id), blocked_at__isnull=False).exists()

    def _customer(self, request: HttpRequest, object_id: str) -> User:
        user: User | None = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if user is None:
            raise Http404
        return user

    def _act(
        self,
        request: HttpRequest,
        form: VerbForm,
        object_id: str,
        work: Callable[[User], str],
        *,
        asks_stripe: bool = False,
    ) -> HttpResponse:
        user = self._customer(request, object_id)

        def worked() -> tuple[Model, str]:
            return user, work(user)

        page: Any = self
        return act_once(page, request, form, work=worked, back=page_of(user), asks_stripe=asks_stripe)

    # Named here and not in the actions: the theme's check would look named permissions up in a database that may not
    # be there yet.
    def has_deduct_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(granting.DEDUCT)

    def has_note_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(noting.NOTE)

    def has_give_membership_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("memberships.add_gift")

    def has_end_gift_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        may = request.user.has_perm("memberships.change_gift")
        return may and (request.method == "POST" or complimentary.going_on(pk_of(object_id)) is not None)

    def has_cancel_membership_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        may = request.user.has_perm("memberships.change_subscription")
        return may and (request.method == "POST" or get_membership(pk_of(object_id)).is_billed)

    def has_reset_password_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(account.RESET)

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Only for staff who have no second factor; a form sent twice is answered."""
        if not getattr(request.user, "is_superuser", False):
            return False
        user = User.objects.filter(pk=pk_of(object_id), is_staff=True).first()
        return request.method == "POST" or (user is not None and not has_factor(user))

    def has_export_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(EXPORT)

    def has_anonymise_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(ANONYMISE)
