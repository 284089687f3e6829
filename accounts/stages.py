"""The steps between a right password and a session, where ours differ from allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage


class VerificationStage(EmailVerificationStage):  # type: ignore[misc]  # allauth has no types
    """An account without any address, which only staff or a command can make, has none to confirm."""

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user and not user.email and not EmailAddress.objects.filter(user=user).exists():
            return None, True
        return super().handle()  # type: ignore[no-any-return]
