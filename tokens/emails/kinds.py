"""Emails to customers: which kinds there are, who has opted out of which, and how one is written.

An email is written in the transaction of the fact it reports, so that neither is saved without the other;
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

from accounts.contacts import contacts
from tokens import rows
from tokens.models import Mail, MutedMail

LONGEST_SUBJECT = 255
_kinds: dict[str, Kind] = {}


@dataclass(frozen=True)
class Kind:
    """A kind of email. `key` names its templates, `name` and `description` are for the notifications page.

    `is_optional`: users may opt out of it. `look_up` returns the templates' context when an email is sent, for kinds
    that are rendered only then. `keeps_address`: it goes to the address it was written for, even if the user has
    changed theirs since. `leaves_no_trace`: what it says and to whom is erased once it is sent or given up.
    """

    key: str
    name: str
    description: str
    is_optional: bool
    look_up: Callable[[Mail], dict[str, Any]] | None = None
    keeps_address: bool = False
    leaves_no_trace: bool = False


def kind(
    key: str,
    *,
    name: str,
    description: str,
    is_optional: bool = False,
    look_up: Callable[[Mail], dict[str, Any]] | None = None,
    keeps_address: bool = False,
    leaves_no_trace: bool = False,
) -> Kind:
    """Register a kind, with the templates emails/<key>.subject.txt, <key>.txt and <key>.html.

    Raises ValueError for a key that is taken.
    """
    if key in _kinds:
        raise ValueError(f"The kind of email {key} is registered twice.")
    _kinds[key] = Kind(key, name, description, is_optional, look_up, keeps_address, leaves_no_trace)
    return _kinds[key]


def kinds() -> list[Kind]:
    """Every kind, in the order of registration."""
    return list(_kinds.values())


def write(user_id: int, kind: Kind, *, about: str, address: str = "", **context: Any) -> None:
    """Put one email into the outbox, in the caller's transaction, rendered now from `context`.

    `about` identifies the fact, such as `refund:7:sent`: each fact has one email, and a second call does nothing. Nor
    does a call for a user who has opted out. Without an `address` it goes to the user's address when it is sent.
    """
    email = Mail(user_id=user_id, kind=kind.key, about=about, address=address)
    _fill(email, kind, context)
    _put(email, kind)


def put(user_id: int, kind: Kind, *, about: str) -> None:
    """As `write`, but rendered when it is sent, so that the caller doesn't wait for it."""
    _put(Mail(user_id=user_id, kind=kind.key, about=about), kind)


def address_of(email: Mail) -> str:
    """The address it would be sent to now; "" when the user has none."""
    kind = _kinds.get(email.kind)
    return email.address if kind and kind.keeps_address else email.user.email


def kept_of(email: Mail) -> dict[str, str]:
    """What stays of an email that is sent or given up."""
    kind = _kinds.get(email.kind)
    if kind and kind.leaves_no_trace:
        return {"address": "", "subject": email.kind, "text": "", "html": ""}
    return {"address": email.address, "subject": email.subject, "text": email.text, "html": email.html}


def compose(email: Mail) -> Mail:
    """The email with its subject, text and HTML, which are rendered now unless they were before. Not saved."""
    kind = None if email.text else _kinds.get(email.kind)
    if kind and kind.look_up:
        _fill(email, kind, kind.look_up(email))
    return email


def _put(email: Mail, kind: Kind) -> None:
    if kind.is_optional and rows.find(MutedMail, user_id=email.user_id, kind=kind.key):
        return
    email.next_try_at = timezone.now()
    # The database decides which of two is the first, without an error that would end the caller's transaction.
    rows.create_once(email)


def _fill(email: Mail, kind: Kind, context: dict[str, Any]) -> None:
    site = {"site_url": settings.SITE_URL, "site_name": settings.SITE_NAME, **contacts()}
    context = {**context, **site, "kind": kind}
    email.subject = " ".join(_render(f"{kind.key}.subject.txt", context).split())[:LONGEST_SUBJECT]
    email.text = _render(f"{kind.key}.txt", context)
    email.html = _render(f"{kind.key}.html", {**context, "subject": email.subject})


def opted_out_kinds(user_id: int) -> set[str]:
    """The keys of the kinds this user has opted out of."""
    return set(MutedMail.objects.filter(user_id=user_id).values_list("kind", flat=True))


@transaction.atomic
def choose(user_id: int, *, wanted: Iterable[str]) -> None:
    """Replace a user's opt-outs: of the optional kinds only those with the `wanted` keys are sent."""
    optional = {kind.key for kind in kinds() if kind.is_optional}
    chosen = optional & set(wanted)
    MutedMail.objects.filter(user_id=user_id, kind__in=chosen).delete()
    opt_outs = [MutedMail(user_id=user_id, kind=key) for key in sorted(optional - chosen)]
    MutedMail.objects.bulk_create(opt_outs, ignore_conflicts=True)


def _render(name: str, context: dict[str, Any]) -> str:
    is_html = name.endswith(".html")
    text = Engine.get_default().get_template(f"emails/{name}").render(Context(context, autoescape=is_html))
    return text.strip() + "\n"
