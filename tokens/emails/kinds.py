"""Emails to customers: which kinds there are, who has opted out of which, and how one is written.

An email is written in the transaction of the fact it reports, so that neither is kept without the other;
`tokens.emails.outbox` sends it. Other apps register their kinds with `kind(...)` when they start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template import Context, Engine
from django.utils import timezone

from tokens.models import Mail, MutedMail

LONGEST_SUBJECT = 255
_kinds: dict[str, Kind] = {}


@dataclass(frozen=True)
class Kind:
    """A kind of letter. `key` names its templates, `name` and `description` are for the notifications page.

    `look_up` finds what the templates need when a letter is sent, for kinds whose letters are left unwritten till then.
    `keeps_address`: it goes to the address it was written for, even if the user has another one by then.
    """

    key: str
    name: str
    description: str
    may_be_muted: bool
    look_up: Callable[[Mail], dict[str, Any]] | None = None
    keeps_address: bool = False


def kind(
    key: str,
    *,
    name: str,
    description: str,
    may_be_muted: bool = False,
    look_up: Callable[[Mail], dict[str, Any]] | None = None,
    keeps_address: bool = False,
) -> Kind:
    """Register a kind, whose templates are templates/mail/<key>.subject.txt, <key>.txt and <key>.html."""
    if key in _kinds:
        raise ValueError(f"There already is a kind of letter called {key}.")
    _kinds[key] = Kind(key, name, description, may_be_muted, look_up, keeps_address)
    return _kinds[key]


def kinds() -> list[Kind]:
    """Every kind, in the order of registration."""
    return list(_kinds.values())


def write(user_id: int, kind: Kind, *, about: str, address: str = "", **context: Any) -> None:
    """Put one letter into the outbox, in the caller's transaction; the texts are made now, from `context`.

    `about` names the fact, such as `refund:7:sent`: of each fact there is one letter, and a second call is quiet. Who
    has muted the kind gets none. Who has no address yet may have one when it is sent.
    """
    letter = Mail(user_id=user_id, kind=kind.key, about=about, address=address)
    _fill(letter, kind, context)
    _put(letter, kind)


def put(user_id: int, kind: Kind, *, about: str) -> None:
    """As `write`, but the texts are made when the letter is sent, so that nobody waits for them now."""
    _put(Mail(user_id=user_id, kind=kind.key, about=about), kind)


def address_of(letter: Mail) -> str:
    """Where it goes now; "" if nowhere."""
    kind = _kinds.get(letter.kind)
    return letter.address if kind and kind.keeps_address else letter.user.email


def compose(letter: Mail) -> Mail:
    """The letter with its texts, which are made now if they were not when it was put into the outbox."""
    kind = None if letter.text else _kinds.get(letter.kind)
    if kind and kind.look_up:
        _fill(letter, kind, kind.look_up(letter))
    return letter


def _put(letter: Mail, kind: Kind) -> None:
    if kind.may_be_muted and MutedMail.objects.filter(user_id=letter.user_id, kind=kind.key).exists():
        return
    letter.next_try_at = timezone.now()
    # The database decides which of two is the first, without an error that would end the caller's transaction.
    Mail.objects.bulk_create([letter], ignore_conflicts=True)


def _fill(letter: Mail, kind: Kind, context: dict[str, Any]) -> None:
    context = {**context, "site_url": settings.SITE_URL, "site_name": settings.SITE_NAME, "kind": kind}
    letter.subject = " ".join(_render(f"{kind.key}.subject.txt", context).split())[:LONGEST_SUBJECT]
    letter.text = _render(f"{kind.key}.txt", context)
    letter.html = _render(f"{kind.key}.html", {**context, "subject": letter.subject})


def muted_kinds(user_id: int) -> set[str]:
    """The keys of the kinds this user has switched off."""
    return set(MutedMail.objects.filter(user_id=user_id).values_list("kind", flat=True))


@transaction.atomic
def choose(user_id: int, *, wanted: Iterable[str]) -> None:
    """Of the kinds that may be muted, send this user only the wanted ones (keys); the others are not asked about."""
    mutable = {kind.key for kind in kinds() if kind.may_be_muted}
    kept = mutable & set(wanted)
    MutedMail.objects.filter(user_id=user_id, kind__in=kept).delete()
    muted = [MutedMail(user_id=user_id, kind=key) for key in sorted(mutable - kept)]
    MutedMail.objects.bulk_create(muted, ignore_conflicts=True)


def _render(name: str, context: dict[str, Any]) -> str:
    is_html = name.endswith(".html")
    text = Engine.get_default().get_template(f"mail/{name}").render(Context(context, autoescape=is_html))
    return text.strip() + "\n"
