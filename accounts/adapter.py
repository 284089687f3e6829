"""How allauth speaks of this shop: by its name, not by the host a request happened to come through."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from accounts import security_notices
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
        if not address:
            return
        if key in FACTS:
            fact, ip = FACTS[key].format(**context), self.get_client_ip(self.request) or ""
            notice = Notice(user.pk, address, key, fact, timezone.now(), ip)
            if security_notices.send(notice):
                return
        super().send_notification_mail(template_prefix, user, context, address)
