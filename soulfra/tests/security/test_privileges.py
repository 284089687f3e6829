"""What a role is given is all that it gives: no setting, account or group makes more of it, and each change is told."""

import time
from collections.abc import Callable

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.testing.codes import activate, code_of
from devtools.testing.factories import PASSWORD, UserFactory
from memberships.models import Plan
from memberships.subscriptions.checkout import start
from tokens.errors import OwnTerms
from tokens.models import ActionCost, Purchase, StaffAct, TokenPackage
from tokens.purchases.checkout import open_checkout
from tokens.purchases.own_terms import forbid_own_terms
from tokens.testing.office import hire, page
from tokens.testing.sandbox import HERE

pytestmark = pytest.mark.django_db

NEW = {"password1": "a-much-better-passphrase-47", "password2": "a-much-better-passphrase-47"}
JOINED = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}


def form_of(row, **fields):
    """What the page of a row would send."""
    names = [field.name for field in row._meta.concrete_fields if not field.auto_created]
    values = {name: getattr(row, name) for name in names} | fields
    shown = {name: "on" if value is True else value for name, value in values.items()}
    return {name: value for name, value in shown.items() if value is not None and value is not False}


def acts():
    return list(StaffAct.objects.order_by("pk").values_list("verb", "subject", "note"))


@pytest.fixture
def pack(db):
    return TokenPackage.objects.get(key="pro")


@pytest.fixture
def manager(db):
    return hire("manager")


@pytest.fixture
def clerk(db):
    """A member of staff who may change accounts and groups, and no superuser."""
    clerk = UserFactory.create(username="clerk", is_staff=True)
    may = ["view_user", "add_user", "change_user", "delete_user", "add_group", "change_group", "delete_group"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=[*may, "view_group"]))
    return clerk


def office_of(member):
    client = Client()
    client.force_login(member)
    return client


def with_a_stale_code(member, settings):
    settings.STAFF_MFA = True
    secret = activate(member)
    client = Client()
    with time_machine.travel(time.time() - 60 * settings.STAFF_FRESH_MINUTES - 60):
        client.post(reverse("account_login"), {"login": member.username, "password": PASSWORD})
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    return client


# --- settings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "change"),
    [
        (lambda: TokenPackage.objects.get(key="pro"), {"price_cents": 50}),
        (lambda: ActionCost.objects.get(key="ai_analysis"), {"tokens": 1}),
        (lambda: Plan.objects.get(key="pro"), {"monthly_tokens": 9000}),
        (lambda: Group.objects.get(name="support"), {"name": "owners"}),
    ],
)
def test_no_setting_is_added_changed_or_deleted_with_a_stale_code(row, change, staff, settings):
    client, table = with_a_stale_code(staff, settings), type(row())
    assert client.get("/admin/").status_code == 200
    before = list(table.objects.order_by("pk").values())
    name = f"{row()._meta.app_label}_{row()._meta.model_name}"
    new = form_of(row()) | {"key": "huge", "name": "Huge"} | change
    for address, form in [
        (page(name, "change", row().pk), form_of(row(), **change)),
        (page(name, "add"), new),
        (page(name, "delete", row().pk), {"post": "yes"}),
        (page(name, "changelist"), {"action": "delete_selected", "_selected_action": row().pk, "post": "yes"}),
    ]:
        answer = client.post(address, form)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")
    assert client.get(page(name, "change", row().pk)).status_code == 302  # before the form is filled in, too
    assert list(table.objects.order_by("pk").values()) == before
    assert acts() == []


def test_who_only_looks_at_settings_is_asked_for_no_code(pack, settings):
    client = with_a_stale_code(hire("auditor"), settings)
    assert client.get(page("tokens_tokenpackage", "change", pack.pk)).status_code == 200


def test_a_changed_setting_is_in_the_audit_log(pack, manager):
    office = office_of(manager)
    office.post(page("tokens_tokenpackage", "change", pack.pk), form_of(pack))
    assert acts() == []
    office.post(page("tokens_tokenpackage", "change", pack.pk), form_of(pack, price_cents=50))
    cost, plan = ActionCost.objects.get(key="ai_analysis"), Plan.objects.get(key="pro")
    office.post(page("tokens_actioncost", "change", cost.pk), form_of(cost, tokens=1))
    office.post(page("memberships_plan", "change", plan.pk), form_of(plan, monthly_tokens=plan.monthly_tokens + 1))
    assert acts() == [
        ("change pack", "pack pro", "Price: 4000 → 50."),
        ("change action cost", "action cost ai_analysis", "Tokens: 5 → 1."),
        ("change plan", "plan pro", f"Monthly tokens: {plan.monthly_tokens} → {plan.monthly_tokens + 1}."),
    ]
    assert {act.by for act in StaffAct.objects.all()} == {manager}


def test_an_added_and_a_deleted_setting_are_in_the_audit_log(pack, staff):
    office = office_of(staff)
    for key in ("one", "two"):
        office.post(page("tokens_tokenpackage", "add"), form_of(pack, key=key, name=key, position=9))
    one, two = TokenPackage.objects.filter(position=9).order_by("key")
    office.post(page("tokens_tokenpackage", "delete", one.pk), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": two.pk, "post": "yes"}
    office.post(page("tokens_tokenpackage", "changelist"), chosen)
    assert [(verb, subject) for verb, subject, _ in acts()] == [
        ("add pack", "pack one"),
        ("add pack", "pack two"),
        ("delete pack", "pack one"),
        ("delete pack", "pack two"),
    ]
    assert all("rice: 4000." in note for _, _, note in acts())


@pytest.mark.parametrize(
    ("name", "row", "field"),
    [
        ("tokens_tokenpackage", lambda: TokenPackage.objects.get(key="pro"), "tokens"),
        ("memberships_plan", lambda: Plan.objects.get(key="pro"), "monthly_tokens"),
    ],
)
def test_a_pack_and_a_plan_have_at_most_ten_million_tokens(name, row, field, manager):
    office, address, before = office_of(manager), page(name, "change", row().pk), getattr(row(), field)
    for tokens in (2_000_000_000, 10_000_001):
        answer = office.post(address, form_of(row(), **{field: tokens}))
        assert "Enter at most 10,000,000 tokens." in answer.content.decode()
        assert getattr(row(), field) == before
    assert office.post(address, form_of(row(), **{field: 10_000_000})).status_code == 302


def test_nobody_buys_a_pack_or_a_plan_at_terms_they_set(pack, manager, alice, sandbox):
    office, plan = office_of(manager), Plan.objects.get(key="pro")
    office.post(page("tokens_tokenpackage", "change", pack.pk), form_of(pack, price_cents=50))
    office.post(page("memberships_plan", "change", plan.pk), form_of(plan, price_cents=50))
    doors: list[tuple[Callable[..., Purchase], str]] = [(open_checkout, "pack"), (start, "plan")]
    for buy, name in doors:
        with pytest.raises(OwnTerms, match=f"You changed this {name} yourself"):
            buy(manager.pk, "pro", buyer=HERE)
        assert not Purchase.objects.filter(user=manager).exists()
        assert buy(alice.pk, "pro", buyer=HERE).amount_cents == 50
    assert open_checkout(manager.pk, "starter", buyer=HERE).checkout_url  # another pack
    with time_machine.travel(time.time() + 25 * 3600):
        forbid_own_terms(manager.pk, Purchase.Type.TOKENS, "pro")


def test_a_pack_under_another_key_is_still_ones_own(pack, manager):
    office = office_of(manager)
    office.post(page("tokens_tokenpackage", "change", pack.pk), form_of(pack, key="x", price_cents=50))
    with pytest.raises(OwnTerms):
        open_checkout(manager.pk, "x", buyer=HERE)


# --- accounts --------------------------------------------------------------------------------

RIGHTS = [{"is_staff": "on"}, {"is_superuser": "on"}, {"groups": "1"}, {"user_permissions": "1"}]


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: next(iter(right)))
def test_only_a_superuser_makes_more_of_an_account(right, clerk, alice):
    if "groups" in right:
        right = {"groups": Group.objects.get(name="manager").pk}
    office, form = office_of(clerk), {"username": "alice", "email": "new@example.com", "is_active": "on", **JOINED}
    shown = office.get(f"{page('accounts_user', 'change', alice.pk)}").content.decode()
    assert f'name="{next(iter(right))}"' not in shown
    assert office.post(page("accounts_user", "change", alice.pk), form | right).status_code == 403
    added = office.post(
        page("accounts_user", "add"), {"username": "mallory", "usable_password": "true", **NEW, **right}
    )
    assert added.status_code == 403
    assert not User.objects.filter(username="mallory").exists()
    alice.refresh_from_db()
    assert (alice.email, alice.is_staff, alice.is_superuser) == ("alice@example.com", False, False)
    assert not alice.groups.exists()
    assert not alice.user_permissions.exists()


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
def test_only_a_superuser_changes_an_account_of_staff(rights, clerk):
    chief = UserFactory.create(username="chief", email="chief@example.com", **rights)
    office, before = office_of(clerk), User.objects.values().get(pk=chief.pk)
    form = {"username": "chief", "email": "clerk@example.com", "is_active": "on", **JOINED}
    for address, body in [
        (page("accounts_user", "change", chief.pk), form),
        (f"/admin/accounts/user/{chief.pk}/password/", {**NEW, "usable_password": "true"}),
        (page("accounts_user", "delete", chief.pk), {"post": "yes"}),
        (page("accounts_user", "changelist"), {"action": "delete_selected", "_selected_action": chief.pk, "post": "y"}),
    ]:
        office.post(address, body)
        assert User.objects.values().get(pk=chief.pk) == before
    assert office.get(page("accounts_user", "change", chief.pk)).status_code == 200


def test_only_a_superuser_touches_groups(clerk):
    clerk.groups.add(Group.objects.get(name="support"))
    office, group = office_of(clerk), Group.objects.get(name="support")
    before = list(Group.objects.values("name", "permissions"))
    for verb, form, args in [
        ("add", {"name": "owners"}, []),
        ("change", {"name": "owners"}, [group.pk]),
        ("delete", {"post": "yes"}, [group.pk]),
    ]:
        assert office.post(page("auth_group", verb, *args), form).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": group.pk, "post": "yes"}
    office.post(page("auth_group", "changelist"), chosen)
    assert list(Group.objects.values("name", "permissions")) == before


def test_changes_of_groups_are_in_the_audit_log(staff):
    office = office_of(staff)
    spend, see = (Permission.objects.get(codename=name) for name in ("grant_tokens", "see_reports"))
    office.post(page("auth_group", "add"), {"name": "night", "permissions": [spend.pk]})
    night = Group.objects.get(name="night")
    office.post(page("auth_group", "change", night.pk), {"name": "night", "permissions": [see.pk]})
    office.post(page("auth_group", "delete", night.pk), {"post": "yes"})
    (_, _, added), (_, _, changed), (_, _, deleted) = acts()
    assert [act[:2] for act in acts()] == [(f"{verb} group", "group night") for verb in ("add", "change", "delete")]
    assert str(spend) in added
    assert changed == f"Permissions: added {see}; removed {spend}."
    assert "night" in deleted


def test_changes_of_accounts_are_in_the_audit_log_without_what_identifies(staff, alice):
    office, form = office_of(staff), {"username": "alice", "email": "alice@example.com", "is_active": "on", **JOINED}
    office.post(page("accounts_user", "add"), {"username": "bob-new", "usable_password": "true", **NEW})
    bob = User.objects.get(username="bob-new")
    manager = Group.objects.get(name="manager")
    raised = form | {"email": "zoe@example.com", "is_staff": "on", "groups": [manager.pk]}
    assert office.post(page("accounts_user", "change", alice.pk), raised).status_code == 302
    office.post(f"/admin/accounts/user/{alice.pk}/password/", {**NEW, "password2": "typo", "usable_password": "true"})
    office.post(f"/admin/accounts/user/{alice.pk}/password/", {**NEW, "usable_password": "true"})
    office.post(page("accounts_user", "delete", bob.pk), {"post": "yes"})
    written = acts()
    assert [(verb, subject) for verb, subject, _ in written] == [
        ("add user", f"user {bob.pk}"),
        ("change user", f"user {alice.pk}"),
        ("set a password", f"user {alice.pk}"),
        *([] if User.objects.filter(pk=bob.pk).exists() else [("delete user", f"user {bob.pk}")]),
    ]
    assert "Groups: added manager." in written[1][2]
    assert "no → yes." in written[1][2]
    told = " ".join(note for _, _, note in written)
    assert not any(word in told for word in ("bob-new", "alice", "zoe", "passphrase"))


def test_nobody_edits_their_own_account_in_the_back_office(staff):
    form = {"username": "staff", "email": "new@example.com", "is_active": "on", "is_staff": "on", **JOINED}
    office = office_of(staff)
    assert office.post(page("accounts_user", "change", staff.pk), form).status_code == 403
    answer = office.post(f"/admin/accounts/user/{staff.pk}/password/", {**NEW, "usable_password": "true"})
    assert answer.status_code == 403
    before = staff.password
    staff.refresh_from_db()
    assert (staff.email != "new@example.com", staff.password) == (True, before)
    assert acts() == []


def test_a_factor_that_staff_remove_is_in_the_audit_log(staff, alice):
    activate(alice)
    factor = Authenticator.objects.get(user=alice)
    office_of(staff).post(page("mfa_authenticator", "delete", factor.pk), {"post": "yes"})
    assert acts() == [("remove two-factor authentication", f"user {alice.pk}", "")]
