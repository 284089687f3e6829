"""How allauth speaks of this shop: by its name, not by the host a request happened to come through."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone

from accounts import security_notices
from accounts.client import client_ip, client_network
from accounts.security_notices import FACTS, Notice

OF_SIGN_IN = "allauth.account"
BY_NAME = "login_failed_by_name"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is inactive. Contact support to reactivate it.",
        "email_taken": "An account with this email address already exists.",
        "enter_current_password": "Enter your current password.",
        "rate_limited": "Too many requests. Try again in a few minutes.",
        "too_many_login_attempts": "Too many failed attempts. Try again in a few minutes, or reset your password.",
        "email_password_mismatch": "Wrong email or password.",
        "username_password_mismatch": "Wrong username or password.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Empty if unknown: then everybody unknown is counted as one."""
        return client_ip(request) or ""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts a failure by the name in all places too, and gives it back with the others if there is none."""
        super().pre_authenticate(request, **credentials)
        used = ratelimit.consume(request, app=OF_SIGN_IN, action=BY_NAME, key=_name_in(credentials))
        if used is None:
            raise self.validation_error("too_many_login_attempts")
        self._login_failed_rl_usage.usage += used.usage

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # With the address, lest whoever fails with somebody's name keep that person out.
        return f"{client_network(request)}:{_name_in(credentials)}"

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, app=OF_SIGN_IN, action=BY_NAME, key=_name_in(credentials))

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


def _name_in(credentials: dict[str, Any]) -> str:
    """What somebody signs in as."""
    return str(credentials.get("email") or credentials.get("username") or "").lower()
