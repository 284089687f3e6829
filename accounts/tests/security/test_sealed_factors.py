"""A copy of the database makes no codes: secrets of second factors are encrypted, with keys that can be rotated."""

from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.factors.sealing import seal, unseal
from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD

pytestmark = pytest.mark.django_db

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def stored(user, kind="totp"):
    return Authenticator.objects.get(user=user, type=kind)


@pytest.fixture
def secret(alice, settings):
    settings.MFA_ENCRYPTION_KEYS = [OLD]
    secret = activate(alice)
    RecoveryCodes.activate(alice)
    return secret


def test_neither_secret_nor_seed_is_in_the_database(alice, secret):
    assert secret not in str(stored(alice).data)
    seed = stored(alice, "recovery_codes").data["seed"]
    assert unseal(stored(alice).data["secret"]) == secret
    assert len(unseal(seed)) == 80
    assert unseal(seed) not in str(stored(alice, "recovery_codes").data)


def test_keys_are_rotated_without_anybody_noticing(alice, secret, settings):
    codes = stored(alice, "recovery_codes").wrap().get_unused_codes()
    settings.MFA_ENCRYPTION_KEYS = [NEW, OLD]
    assert stored(alice).wrap().validate_code(code_of(secret))

    for _ in range(2):
        printed = StringIO()
        call_command("rotate_mfa_keys", stdout=printed)
        assert printed.getvalue() == "2 two-factor secrets encrypted with the first key.\n"
    settings.MFA_ENCRYPTION_KEYS = [NEW]

    assert unseal(stored(alice).data["secret"]) == secret
    assert stored(alice, "recovery_codes").wrap().get_unused_codes() == codes
    settings.MFA_ENCRYPTION_KEYS = [OLD]
    with pytest.raises(InvalidToken):
        unseal(stored(alice).data["secret"])


def test_a_key_that_was_removed_too_early_is_asked_for(alice, secret, settings):
    settings.MFA_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="Put the missing key back"):
        call_command("rotate_mfa_keys")


def test_a_lost_key_is_a_sentence_to_who_signs_in_and_a_line_for_the_operator(client, alice, secret, settings, caplog):
    settings.MFA_ENCRYPTION_KEYS = [NEW]
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert "Codes can&#x27;t be checked right now" in answer.content.decode()
    assert "MFA_ENCRYPTION_KEYS" in caplog.text


def test_rows_from_before_are_encrypted_by_the_migration_and_their_codes_count_as_shown(alice, settings):
    settings.MFA_ENCRYPTION_KEYS = [OLD]
    bare = {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}
    Authenticator.objects.create(user=alice, type="totp", data=bare)
    Authenticator.objects.create(user=alice, type="recovery_codes", data={"seed": "ab" * 40, "used_mask": 5})
    migration = import_module("accounts.migrations.0011_factors_encrypted")
    editor = SimpleNamespace(connection=connection)

    assert stored(alice).wrap().validate_code(code_of(bare["secret"]))  # as an older process may leave one
    migration.encrypt(apps, editor)
    migration.encrypt(apps, editor)

    assert unseal(stored(alice).data["secret"]) == bare["secret"]
    assert bare["secret"] not in str(stored(alice).data)
    codes = stored(alice, "recovery_codes")
    assert (unseal(codes.data["seed"]), codes.data["used_mask"], codes.wrap().did_view) == ("ab" * 40, 5, True)
    migration.decrypt(apps, editor)
    assert stored(alice).data == bare


def test_without_keys_development_has_one_of_its_own(settings):
    settings.MFA_ENCRYPTION_KEYS = []
    sealed = seal("JBSWY3DP")
    settings.SECRET_KEY = "another"
    with pytest.raises(InvalidToken):
        unseal(sealed)
