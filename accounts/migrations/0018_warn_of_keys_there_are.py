from datetime import timedelta
from typing import Any

from django.db import migrations
from django.db.models import F
from django.utils import timezone


def warn_of_those_there_are(apps: Any, schema_editor: Any) -> None:
    """Keys from before that expire are told of, too; one that was made for two weeks or less isn't."""
    before = F("expires_at") - timedelta(days=14)
    keys = apps.get_model("accounts", "ApiKey").objects.filter(revoked_at=None, expires_at__gt=timezone.now())
    keys.filter(created_at__lt=before).update(warn_at=before)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_life_of_keys"),
    ]

    operations = [
        migrations.RunPython(warn_of_those_there_are, migrations.RunPython.noop, elidable=True),
    ]
