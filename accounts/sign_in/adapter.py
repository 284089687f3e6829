"""How allauth speaks of this shop: by its name, not by the host a request happened to come through."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from accounts.contacts import contacts
from accounts.factors.proof import is_reauthenticated
from accounts.limits.client import client_ip, client_network
from accounts.sign_in import emails, security_notices
from accounts.sign_in.new_addresses import tell_of_confirmed
from accounts.sign_in.security_notices import FACTS, Notice
from accounts.sign_in.usernames import is_reserved

OF_SIGN_IN = "allauth.account"
BY_NAME = "login_failed_by_name"
UNKNOWN = "0.0.0.0"  # noqa: S104  nothing listens there


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

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ours to say, since to allauth any one proof is enough; REAUTHENTICATION_TIMEOUT is 0, so it says nothing."""
        return not is_reauthenticated(context.request)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, str]]:
        """One page for all, which asks for everything that the account wants."""
        if not (user.is_authenticated and user.has_usable_password()):
            return []
        url = reverse("account_reauthenticate")
        return [{"id": "reauthenticate", "description": "Confirm access", "url": url}]

    def clean_username(self, username: str, shallow: bool = False) -> str:
        name: str = super().clean_username(username, shallow=shallow)
        if is_reserved(name):
            raise ValidationError("This username is reserved. Choose another one.", code="username_reserved")
        return name

    def is_safe_url(self, url: str) -> bool:
        """Never what can't be read as an address, such as “http://[”, where allauth's own answer is an error."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.account.stages.EmailVerificationStage": "accounts.sign_in.stages.VerificationStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """As allauth does; whoever reads the address of before is told."""
        before = email_address.user.email
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            tell_of_confirmed(request, email_address, before=before)
        return confirmed

    def get_client_ip(self, request: HttpRequest) -> str:
        """The unspecified address if unknown: everybody unknown is counted as one, and a session's row needs one."""
        return client_ip(request) or UNKNOWN

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
        context = {"request": self.request, "email": email, **context, **contacts(), "current_site": site}
        good_for = context.get("good_for") or emails.lifetime_of(template_prefix)
        emails.send(self.render_mail(template_prefix, email, context), good_for=good_for)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _at_this_shop(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """With the page that was on the way to, since the link may be opened in another browser."""
        url = _at_this_shop(super().get_email_confirmation_url(request, emailconfirmation))
        wanted = get_next_redirect_url(request)
        return f"{url}?{urlencode({'next': wanted})}" if wanted else url

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
            fact, ip = FACTS[key].format(**context), security_notices.ip_of(self.request)
            keys = api_keys.shown(user.pk) if key == "password_reset" else ()
            notice = Notice(user.pk, address, key, fact, timezone.now(), ip, keys)
            if security_notices.send(notice):
                return
        super().send_notification_mail(template_prefix, user, context, address)


def _name_in(credentials: dict[str, Any]) -> str:
    """What somebody signs in as."""
    return str(credentials.get("email") or credentials.get("username") or "").lower()


def _at_this_shop(url: str) -> str:
    """The link at SITE_URL: a request may have named another host."""
    path = urlsplit(url)._replace(scheme="", netloc="").geturl()
    return f"{settings.SITE_URL}{path}"
