"""The steps between a right password and a session, where ours differ from allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage


class VerificationStage(EmailVerificationStage):
    """Wants an address of the account to be confirmed.

    An account without any, which only staff or a command can make, has none to confirm. And what was typed to sign in
    may look like an address and be an old username: then it is no address of the account, and gets no email.
    """

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user:
            own = {user.email.lower(), *EmailAddress.objects.filter(user=user).values_list("email", flat=True)} - {""}
            if not own:
                return None, True
            if self.login.email and self.login.email.lower() not in own:
                self.login.email = None
        answer: tuple[Any, bool] = super().handle()
        return answer
