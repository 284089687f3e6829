"""From now on a new customer confirms the address before signing in; whoever is there already is taken at their word.

Of several accounts with one address, the first that may sign in has it; two can't have confirmed it.
"""

from itertools import islice
from typing import Any

from django.db import migrations

AT_A_TIME = 1000


def confirm(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    users = apps.get_model("accounts", "User").objects.using(alias).exclude(email="")
    addresses = apps.get_model("account", "EmailAddress").objects.using(alias)
    rows = users.order_by("-is_active", "pk").values_list("pk", "email").iterator(AT_A_TIME)
    while batch := [(pk, email.lower()) for pk, email in islice(rows, AT_A_TIME)]:
        _confirm(addresses, batch)


def _confirm(addresses: Any, batch: list[tuple[int, str]]) -> None:
    emails, pks = {email for _, email in batch}, [pk for pk, _ in batch]
    taken = set(addresses.filter(email__in=emails, verified=True).values_list("email", flat=True))
    with_primary = set(addresses.filter(user__in=pks, primary=True).values_list("user", flat=True))
    there = {(row.user_id, row.email): row for row in addresses.filter(user__in=pks, email__in=emails)}
    new: list[Any] = []
    changed: list[Any] = []
    for pk, email in batch:
        if email in taken:
            continue
        taken.add(email)
        row = there.get((pk, email)) or addresses.model(user_id=pk, email=email)
        row.verified, row.primary = True, row.primary or pk not in with_primary
        (changed if row.pk else new).append(row)
    addresses.bulk_create(new)
    addresses.bulk_update(changed, ["verified", "primary"])


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0012_planted_keys_and_usernames"),
    ]

    operations = [migrations.RunPython(confirm, migrations.RunPython.noop)]
