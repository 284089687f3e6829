"""How allauth speaks of this shop: by its name, not by the host a request happened to come through."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


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
