"""Nobody buys at terms that they set themself: a member of staff would give themself tokens for next to nothing."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tokens.errors import OwnTerms
from tokens.models import Purchase, StaffAct

FOR = timedelta(days=1)
# As the audit log names what is sold.
NAMES = {Purchase.Type.TOKENS: "pack", Purchase.Type.SUBSCRIPTION: "plan"}


def forbid_own_terms(user_id: int, kind: Purchase.Type, key: str) -> None:
    """Raises OwnTerms when this user added or changed what is to be bought in the last 24 hours."""
    name = NAMES[kind]
    acts = StaffAct.objects.filter(by_id=user_id, subject=f"{name} {key}", created_at__gt=timezone.now() - FOR)
    if acts.filter(verb__in=[f"add {name}", f"change {name}"]).exists():
        raise OwnTerms(name)
