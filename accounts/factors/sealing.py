"""Secrets of second factors are stored encrypted, with keys of their own: MFA_ENCRYPTION_KEYS, the newest first.

A copy of the database alone makes no codes. The first key encrypts and each decrypts, so a new one is put in front, the
rows are encrypted again (`manage.py rotate_mfa_keys`), and the old one is removed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

# https://github.com/fernet/spec: version 0x80 and eight bytes of time, of which the first ones are zero for long yet.
SEALED = "gAAAAA"


def seal(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def unseal(text: str) -> str:
    """Raises InvalidToken where no key fits. A secret from before the encryption is given as it is."""
    return _keys().decrypt(text).decode() if is_sealed(text) else text


def is_sealed(text: str) -> bool:
    """Bare secrets are base 32 or hexadecimal, so none begins like this."""
    return text.startswith(SEALED)


def with_secrets(data: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """What an authenticator's row stores, with its secrets changed and all else as it was."""
    changed: dict[str, Any] = {name: change(data[name]) for name in ("secret", "seed") if name in data}
    if "migrated_codes" in data:
        changed["migrated_codes"] = [change(code) for code in data["migrated_codes"]]
    return {**data, **changed}


def _keys() -> MultiFernet:
    keys = settings.MFA_ENCRYPTION_KEYS or [_of_this_machine()]
    return MultiFernet([Fernet(key) for key in keys])


def _of_this_machine() -> bytes:
    """For development, where none is set; a check refuses that elsewhere."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"mfa:{settings.SECRET_KEY}".encode()).digest())


class SealingAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
