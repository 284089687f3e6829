"""Secrets of second factors that are stored bare are encrypted; recovery codes that exist were shown to their owners."""

import time
from typing import Any

from django.db import migrations

from accounts.factors.sealing import is_sealed, seal, unseal, with_secrets


def encrypt(apps: Any, schema_editor: Any) -> None:
    for row in apps.get_model("mfa", "Authenticator").objects.using(schema_editor.connection.alias).iterator():
        row.data = with_secrets(row.data, lambda text: text if is_sealed(text) else seal(text))
        if row.type == "recovery_codes":
            row.data.setdefault("viewed_at", time.time())
        row.save(update_fields=["data"])


def decrypt(apps: Any, schema_editor: Any) -> None:
    for row in apps.get_model("mfa", "Authenticator").objects.using(schema_editor.connection.alias).iterator():
        row.data = with_secrets(row.data, unseal)
        row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_sessions_end_together"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt, decrypt)]
