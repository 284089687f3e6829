"""The life of an API key: issue, authenticate, note its use, revoke. Its text exists only in the answer to `issue`."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from soulfra.accounts.errors import KeyExpired, KeyRevoked, KeyUnknown, OwnerInactive
from soulfra.accounts.models import ApiKey, User

RANDOM_BYTES = 32
SHOWN_CHARACTERS = 12
NOTED_EVERY = timedelta(minutes=1)
OWNER_COLUMNS = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser")


@transaction.atomic
def issue(user: User, *, name: str, expires_at: datetime | None = None, form_key: str = "") -> tuple[ApiKey, str]:
    """Make a key for the user; returns the row and the key's text, which cannot be had again.

    A form sent twice brings the same `form_key` twice: the text is derived from it, so the second time
    the same row and text come back and nothing is made.
    """
    text = _scheme() + (_derived(user, form_key) if form_key else secrets.token_urlsafe(RANDOM_BYTES))
    api_key, _ = ApiKey.objects.get_or_create(
        digest=_digest(text),
        defaults={"user": user, "name": name, "prefix": text[:SHOWN_CHARACTERS], "expires_at": expires_at},
    )
    return api_key, text


@transaction.atomic
def revoke(api_key: ApiKey) -> ApiKey:
    """Shut the key for good; a key that is already revoked keeps its first date."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=timezone.now())
    api_key.refresh_from_db(fields=["revoked_at"])
    return api_key


def find(text: str) -> ApiKey | None:
    """The key with this text, whatever its state, with its owner: one statement, only the columns a request needs."""
    columns = ["name", "prefix", "expires_at", "revoked_at", "last_used_at", "user_id"]
    owner = [f"user__{column}" for column in OWNER_COLUMNS]
    return ApiKey.objects.select_related("user").only(*columns, *owner).filter(digest=_digest(text)).first()


def authenticate(text: str) -> ApiKey:
    """The active key with this text, owned by an active user; else a `KeyRefused` that says why."""
    api_key = find(text)
    if api_key is None:
        raise KeyUnknown
    if api_key.state == ApiKey.State.REVOKED:
        raise KeyRevoked
    if api_key.state == ApiKey.State.EXPIRED:
        raise KeyExpired
    if not api_key.user.is_active:
        raise OwnerInactive
    return api_key


def is_note_due(api_key: ApiKey) -> bool:
    """True when the last noted use is a minute old or older, judged by the row as it was read."""
    return api_key.last_used_at is None or api_key.last_used_at <= timezone.now() - NOTED_EVERY


@transaction.atomic
def note_use(api_key: ApiKey) -> None:
    """Write down that the key was used now, unless somebody did within the last minute."""
    now = timezone.now()
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    ApiKey.objects.filter(due, pk=api_key.pk).update(last_used_at=now)


def _scheme() -> str:
    return "tk_test_" if settings.STRIPE_SANDBOX else "tk_live_"


def _digest(text: str) -> str:
    # No salt and no stretching: the text is 32 random bytes, which cannot be guessed from a leaked digest.
    return hashlib.sha256(text.encode()).hexdigest()


def _derived(user: User, form_key: str) -> str:
    # Keyed with SECRET_KEY, so that whoever sees or chooses a form key still cannot work out the API key.
    message = f"api key:{user.pk}:{form_key}".encode()
    mac = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return urlsafe_b64encode(mac).decode().rstrip("=")
