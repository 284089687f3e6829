"""Ending a membership: the forms and the acts, for the pages that have a button for it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from memberships import complimentary
from memberships.models import Gift, Membership
from memberships.subscriptions import changes
from tokens.web.admin.actions import ActionForm, staff_of
from tokens.web.admin.buttons import Told
from tokens.web.admin.dates import day

END_GIFT, CANCEL = "end a gift", "cancel a membership"


class EndGiftForm(ActionForm):
    """The complimentary plan with this id."""

    def gift(self, pk: int) -> Gift | None:
        return Gift.objects.select_related("user", "plan", "by").filter(pk=pk).first()

    def facts(self, pk: int) -> dict[str, object]:
        gift = self.gift(pk)
        if gift is None:
            raise Http404
        return {"Customer": gift.user, "Plan": gift.plan, "Expires on": day(gift.until), "Added by": gift.by}


class EndGiftOfForm(EndGiftForm):
    """The complimentary plan that the user with this id has now."""

    def gift(self, pk: int) -> Gift | None:
        return complimentary.active(pk)


class CancelForm(ActionForm):
    """The membership of the user with this id."""

    def facts(self, pk: int) -> dict[str, object]:
        row = get_object_or_404(Membership.objects.select_related("user", "tier"), pk=pk)
        return {"Customer": row.user, "Paid plan": row.tier, "Paid until": day(row.current_period_end)}


def end_gift(request: HttpRequest, form: ActionForm, gift: Gift | None) -> Told:
    """End a gift before its time. None: it was ended by the form's first sending, which is told again."""
    if gift is None:
        return [], "This customer has no active complimentary plan."
    ended = complimentary.end(gift, by=staff_of(request), reason=form.cleaned_data["reason"])
    return ended, f"{ended.user}'s complimentary {ended.plan.name} plan was revoked."


def cancel(user: Any) -> Told:
    """Cancel what `user` pays for, at Stripe and at once."""
    changes.cancel_now(user.pk)
    return Membership.objects.get(pk=user.pk), f"{user}'s membership was cancelled."
