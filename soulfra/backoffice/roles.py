"""The roles of the back office, as groups: who may do what, and who sees which rows.

After every `migrate` each role is granted what is new in this table, and nothing else: whoever runs the shop may change
the groups, and what they took away is never given back.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from soulfra.backoffice.models import RoleGrant

# Every role sees all rows of these apps.
SEEN = ("accounts", "tokens", "memberships", "brands")
ROLES: dict[str, set[str]] = {
    "support": {
        "tokens.grant_tokens",
        "tokens.replay_event",
        "tokens.see_payload",
        "tokens.release_hold",
        "tokens.change_mail",
        "tokens.turn_off_top_up",
        "tokens.add_staffnote",
        "accounts.reset_password",
    },
    "finance": {
        "tokens.refund_purchase",
        "tokens.refund_beyond_offer",
        "tokens.deduct_tokens",
        "tokens.turn_off_top_up",
        "tokens.freeze_tokens",
        "tokens.see_reports",
        "tokens.add_staffnote",
        "memberships.change_subscription",
    },
    "manager": {
        "tokens.approve_refund",
        "tokens.approve_grant",
        "tokens.turn_off_top_up",
        "tokens.grant_tokens",
        "tokens.grant_any_tokens",
        "tokens.freeze_tokens",
        "tokens.see_reports",
        "tokens.add_staffnote",
        "tokens.add_tokenpackage",
        "tokens.change_tokenpackage",
        "tokens.add_actioncost",
        "tokens.change_actioncost",
        "memberships.add_plan",
        "memberships.change_plan",
        "memberships.add_gift",
        "memberships.change_gift",
        "brands.change_brand",
        "brands.add_category",
        "brands.change_category",
        "accounts.change_apikey",
        "accounts.export_person",
        "accounts.anonymise_person",
    },
    "auditor": {"tokens.see_reports", "admin.view_logentry"},
}


def after_all_migrations(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Called for each app with models when `migrate` is done; by the last one, the permissions of all are there."""
    if sender.label == [config for config in apps.get_app_configs() if config.models_module][-1].label:
        with transaction.atomic(using=using):
            grant_what_is_new()


def grant_what_is_new() -> None:
    """Grant each role the permissions that it was never granted; a role that was deleted stays deleted."""
    permissions = {f"{p.content_type.app_label}.{p.codename}": p for p in _permissions()}
    granted = set(RoleGrant.objects.values_list("role", "permission"))
    seen = {name for name in permissions if name.split(".")[0] in SEEN and name.split(".")[1].startswith("view_")}
    for role, allowed in ROLES.items():
        new = {name for name in seen | allowed if name in permissions and (role, name) not in granted}
        if not new:
            continue
        was_made = any(each == role for each, _ in granted)
        group = Group.objects.filter(name=role).first() if was_made else Group.objects.get_or_create(name=role)[0]
        if group:
            group.permissions.add(*(permissions[name] for name in new))
        RoleGrant.objects.bulk_create(RoleGrant(role=role, permission=name) for name in sorted(new))


def _permissions() -> Any:
    wanted = Q(content_type__app_label__in=SEEN, codename__startswith="view_")
    for label, codename in {tuple(name.split(".")) for allowed in ROLES.values() for name in allowed}:
        wanted |= Q(content_type__app_label=label, codename=codename)
    return Permission.objects.filter(wanted).select_related("content_type")
