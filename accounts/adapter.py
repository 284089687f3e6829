"""How allauth speaks of this shop: by its name, not by the host a request happened to come through."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys, security_notices
from accounts.factors.proof import is_reauthenticated
from accounts.new_addresses import tell_of_confirmed
from accounts.security_notices import FACTS, Notice


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is inactive. Contact support to reactivate it.",
        "email_taken": "An account with this email address already exists.",
        "enter_current_password": "Enter your current password.",
        "rate_limited": "Too many requests. Try again in a few minutes.",
        "email_password_mismatch": "Wrong email or password.",
        "username_password_mismatch": "Wrong username or password.",
    }

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ours to say, since to allauth any one proof is enough; REAUTHENTICATION_TIMEOUT is 0, so it says nothing."""
        return not is_reauthenticated(context.request)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, str]]:
        """One page for all, which asks for everything that the account wants."""
        if not (user.is_authenticated and user.has_usable_password()):
            return []
        url = reverse("account_reauthenticate")
        return [{"id": "reauthenticate", "description": "Confirm access", "url": url}]

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.account.stages.EmailVerificationStage": "accounts.stages.VerificationStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """As allauth does; whoever reads the address of before is told."""
        before = email_address.user.email
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            tell_of_confirmed(request, email_address, before=before)
        return confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        site = {"name": settings.SITE_NAME, "domain": urlsplit(settings.SITE_URL).netloc}
        super().send_mail(template_prefix, email, {**context, "current_site": site})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """A security notice, sent by the hook registered for it; otherwise allauth's own text."""
        key, context = template_prefix.rpartition("/")[2], context or {}
        address = email or EmailAddress.objects.get_primary_email(user) or getattr(user, "email", "")
        address = address or context.get("deleted_email", "")  # it was the last one
        if not address:
            return
        if key in FACTS:
            fact, ip = FACTS[key].format(**context), self.get_client_ip(self.request) or ""
            keys = api_keys.shown(user.pk) if key == "password_reset" else ()
            notice = Notice(user.pk, address, key, fact, timezone.now(), ip, keys)
            if security_notices.send(notice):
                return
        super().send_notification_mail(template_prefix, user, context, address)
