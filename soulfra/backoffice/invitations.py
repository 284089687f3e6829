"""Staff set up their second factor by invitation: a signed link, sent by a superuser, that works once and soon ends.

Whoever merely knows the password of a member of staff without a factor could set up their own otherwise.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.factors.proof import gave_code, has_factor
from accounts.models import User
from accounts.personal_data import forgets, keeps
from accounts.sign_in.verification import verify
from soulfra.backoffice.models import StaffInvitation
from tokens.errors import NotPermitted
from tokens.staff.acts import Why, record
from tokens.staff.errors import NothingToSend

LIFETIME = timedelta(hours=48)
# From accepting the link to the first code of the app.
SET_UP_WITHIN = timedelta(hours=1)
SALT = "soulfra.backoffice.invitation"
IN_SESSION = "staff_invitation"


class InvitationVoid(Exception):
    """The link is not, or no longer, good for anything."""


def invite(user: User, *, why: Why) -> StaffInvitation:
    """Send a member of staff the link. Raises NotPermitted unless a superuser does it, NothingToSend."""
    if not (why.by.is_active and getattr(why.by, "is_superuser", False)):
        raise NotPermitted("Only a superuser can invite staff.")
    with transaction.atomic():
        invitation = make(user, by=why.by)  # type: ignore[arg-type]  # the shop's users are all of one model
        record("invite staff", f"user {user.pk}", why=why, user_id=user.pk)
    hours = LIFETIME.total_seconds() // 3600
    context = {"user": user, "link": link_of(invitation), "hours": hours, "good_for": LIFETIME}
    get_adapter().send_mail("account/email/staff_invitation", invitation.email, context)
    return invitation


def make(user: User, *, by: User | None) -> StaffInvitation:
    """An invitation, which makes every earlier one of this user void. Raises NothingToSend, saying why."""
    if not (user.is_staff and user.is_active):
        raise NothingToSend("Only active staff can be invited. Give this account staff status first.")
    if not user.email:
        raise NothingToSend("This account has no email address. Add one first.")
    if has_factor(user):
        raise NothingToSend("This account has two-factor authentication already. Remove it first if the phone is lost.")
    return StaffInvitation.objects.create(user=user, email=user.email, by=by)


def link_of(invitation: StaffInvitation) -> str:
    token = signing.dumps(invitation.pk, salt=SALT)
    return f"{settings.SITE_URL}{reverse('staff_invitation', args=[token])}"


def find(token: str) -> StaffInvitation:
    """The invitation behind a link that can still be accepted. Raises InvitationVoid."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature as error:
        raise InvitationVoid from error
    invitation = StaffInvitation.objects.select_related("user").filter(pk=pk, accepted_at=None).first()
    if invitation is None or not _stands(invitation):
        raise InvitationVoid
    return invitation


@transaction.atomic
def accept(token: str, request: HttpRequest) -> StaffInvitation:
    """Use the link up; this session may then set up the factor. Following it proved the address. InvitationVoid."""
    invitation, now = find(token), timezone.now()
    if not StaffInvitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=now):
        raise InvitationVoid  # another one was quicker
    verify(invitation.user)
    request.session[IN_SESSION] = invitation.pk
    return invitation


def may_set_up(request: HttpRequest) -> bool:
    """Whether this session may set up the factor: it accepted the invitation, or has just used the factor before."""
    invitation = StaffInvitation.objects.filter(
        pk=request.session.get(IN_SESSION, 0), user=request.user.pk, accepted_at__gt=timezone.now() - SET_UP_WITHIN
    ).first()
    is_invited = invitation is not None and _stands(invitation)
    return is_invited or gave_code(request, within=timedelta(seconds=settings.REAUTHENTICATION_SECONDS))


@keeps
def kept(user_id: int) -> dict[str, QuerySet[Any]]:
    return {"staff_invitations": StaffInvitation.objects.filter(user=user_id).order_by("pk")}


@forgets
def forget(user: User, unknown: str) -> None:
    StaffInvitation.objects.filter(user=user).delete()


def _stands(invitation: StaffInvitation) -> bool:
    user = invitation.user
    newer = StaffInvitation.objects.filter(user=user, pk__gt=invitation.pk)
    is_the_same = user.is_staff and user.is_active and user.email == invitation.email
    return is_the_same and not has_factor(user) and not newer.exists()
