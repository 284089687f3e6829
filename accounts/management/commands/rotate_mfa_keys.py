"""`manage.py rotate_mfa_keys`: encrypt the secrets of second factors again, with the first of MFA_ENCRYPTION_KEYS."""

from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.factors.sealing import seal, unseal, with_secrets


class Command(BaseCommand):
    help = "Encrypt the secrets of two-factor authentication with the first of MFA_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
            try:
                done += _encrypt_again(pk)
            except InvalidToken as error:
                raise CommandError(
                    f"No key in MFA_ENCRYPTION_KEYS opens two-factor secret {pk}. Put the missing key back at its end."
                ) from error
        self.stdout.write(f"{done} two-factor secret{'' if done == 1 else 's'} encrypted with the first key.")


@transaction.atomic
def _encrypt_again(pk: int) -> bool:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:  # removed meanwhile
        return False
    row.data = with_secrets(row.data, lambda text: seal(unseal(text)))
    row.save(update_fields=["data"])
    return True
