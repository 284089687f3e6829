"""The life of an API key: issue, authenticate, note its use, revoke. Its text exists only in the answer to `issue`."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from accounts import scopes, sql
from accounts.errors import KeyExpired, KeyRevoked, KeyUnknown, OwnerInactive, TooManyKeys
from accounts.models import ApiKey, KeyCaps, User
from accounts.sign_in.verification import is_verified

RANDOM_BYTES = 32
SHOWN_CHARACTERS = 12
MOST_ACTIVE = 25
# For whoever chooses nothing else.
USUAL_LIFETIME = timedelta(days=365)
WARNED_BEFORE = timedelta(days=14)
NOTED_EVERY = timedelta(minutes=1)
MOST_CAP = 1_000_000_000  # tokens; more than anyone spends in a month

FIND = """
    SELECT k.id AS key_id, k.user_id, k.digest, k.revoked_at IS NOT NULL AS is_revoked,
        coalesce(k.expires_at <= %s, FALSE) AS is_expired, u.is_active AS is_owner_active,
        coalesce(k.last_used_at <= %s, TRUE) AS is_note_due, k.scopes, k.caps_id
    FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id WHERE k.digest = %s
"""


class Caps(NamedTuple):
    """How many tokens a key may spend per day and month (UTC); None for no cap."""

    day: int | None = None
    month: int | None = None


NO_CAPS = Caps()


class CallingKey(NamedTuple):
    """The key that a call was signed in with, and the id of its caps, if it had any by then."""

    id: int
    caps_id: int | None = None


@transaction.atomic
def issue(
    user: User,
    *,
    name: str,
    may: str = scopes.USUAL,
    expires_at: datetime | None = None,
    note: str = "",
    caps: Caps | KeyCaps = NO_CAPS,
    form_key: str = "",
) -> tuple[ApiKey, str]:
    """Make a key that `may` do so much (`scopes.stored`); returns the row and the key's text, which is not had again.

    `caps` are its own, or those that it shares with the key that it replaces.

    A form sent twice brings the same `form_key` twice: the text is derived from it, so the second time
    the same row and text come back and nothing is made. Raises TooManyKeys.
    """
    text = text_of(user, form_key) if form_key else _scheme() + secrets.token_urlsafe(RANDOM_BYTES)
    lock_owner(user.pk)  # two at once are counted one after the other
    there = ApiKey.objects.filter(digest=digest_of(text)).first()
    if there:
        return there, text
    if ApiKey.objects.for_user(user.pk).active().count() >= MOST_ACTIVE:
        raise TooManyKeys(MOST_ACTIVE)
    now = timezone.now()
    api_key = ApiKey.objects.create(
        digest=digest_of(text),
        user=user,
        name=name,
        note=note,
        caps=_caps_row(user, caps),
        scopes=may,
        prefix=text[:SHOWN_CHARACTERS],
        created_at=now,
        expires_at=expires_at,
        warn_at=_warn_at(now, expires_at),
        made_unverified=not is_verified(user),
    )
    return api_key, text


def _caps_row(user: User, caps: Caps | KeyCaps) -> KeyCaps | None:
    if isinstance(caps, KeyCaps):
        return caps
    if caps == NO_CAPS:
        return None
    return KeyCaps.objects.create(user=user, day_limit=caps.day, month_limit=caps.month)


def lock_owner(user_id: int) -> None:
    """Have whoever else makes or replaces keys of this user wait until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user_id)


def _warn_at(now: datetime, expires_at: datetime | None) -> datetime | None:
    """Of a key that lives no longer than that, its owner was told when they made it."""
    at = expires_at - WARNED_BEFORE if expires_at else None
    return at if at and at > now else None


@transaction.atomic
def revoke(api_key: ApiKey) -> ApiKey:
    """Revoke the key, saved at once; one that is already revoked keeps its first `revoked_at`."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=timezone.now())
    api_key.refresh_from_db(fields=["revoked_at"])
    return api_key


def shown(user_id: int) -> tuple[str, ...]:
    """What is shown of each active key: never its name, in which whoever made it could put a link."""
    keys = ApiKey.objects.for_user(user_id).active().newest_first()
    return tuple(f"{key.prefix}…, created {date_format(key.created_at)}" for key in keys)


@transaction.atomic
def revoke_made_unverified(user: User) -> list[ApiKey]:
    """Revoke what may have been planted: keys made by whoever signed up with an address that was not yet proved."""
    planted = list(ApiKey.objects.for_user(user.pk).active().filter(made_unverified=True))
    return [revoke(api_key) for api_key in planted]


@dataclass(frozen=True)
class Signature:
    """What signing in needs to know of a key; read without making a row of it, since every call of the API asks."""

    key_id: int
    user_id: int
    digest: str
    is_revoked: bool
    is_expired: bool
    is_owner_active: bool
    is_note_due: bool
    scopes: str
    caps_id: int | None

    @property
    def calling(self) -> CallingKey:
        """The key, for whoever spends by it."""
        return CallingKey(self.key_id, self.caps_id)

    @property
    def user(self) -> User:
        """The key's owner, read when it is asked for."""
        return User.objects.get(pk=self.user_id)


def find(text: str) -> Signature | None:
    """The key with this text, whatever its state: one statement.

    A note of its use is due when the last one is a minute old or older.
    """
    now = timezone.now()
    rows = sql.run(FIND, [now, now - NOTED_EVERY, digest_of(text)])
    return Signature(*rows[0]) if rows else None


def authenticate(text: str) -> Signature:
    """The active key with this text, owned by an active user; else a `KeyRefused` that says why."""
    found = find(text)
    if found is None:
        raise KeyUnknown
    if found.is_revoked:
        raise KeyRevoked
    if found.is_expired:
        raise KeyExpired
    if not found.is_owner_active:
        raise OwnerInactive
    return found


@transaction.atomic
def note_use(key_id: int, address: str | None = None) -> None:
    """Record that the key was used now, and from which address; at most once a minute."""
    now = timezone.now()
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    ApiKey.objects.filter(due, pk=key_id).update(last_used_at=now, last_used_from=address)


def _scheme() -> str:
    return "tk_test_" if settings.STRIPE_SANDBOX else "tk_live_"


def digest_of(text: str) -> str:
    """The SHA-256 digest stored for a key's text, in hexadecimal."""
    # No salt and no stretching: the text is 32 random bytes, which cannot be guessed from a leaked digest.
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(user: User, form_key: str) -> str:
    """The text of the key that this form makes."""
    return _scheme() + _derived(user, form_key)


def _derived(user: User, form_key: str) -> str:
    # Keyed with SECRET_KEY, so that a form key that is seen or chosen still doesn't give away the API key.
    message = f"api key:{user.pk}:{form_key}".encode()
    mac = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return urlsafe_b64encode(mac).decode().rstrip("=")
