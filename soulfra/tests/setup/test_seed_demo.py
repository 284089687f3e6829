"""The demo accounts: made once, only where payments are fake and DEBUG is on."""

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from soulfra.management.commands import seed_demo

pytestmark = pytest.mark.django_db


def test_both_accounts_are_made_once_and_their_sign_ins_printed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG = True
    call_command("seed_demo")
    call_command("seed_demo")
    assert capsys.readouterr().out == "demo / soulfra-demo\nstaff / soulfra-staff\n" * 2
    demo, staff = User.objects.order_by("username")
    assert (demo.is_staff, staff.is_staff, staff.is_superuser) == (False, True, True)
    assert demo.check_password("soulfra-demo")
    assert staff.check_password("soulfra-staff")
    addresses = EmailAddress.objects.order_by("email").values_list("email", "verified")
    assert [*addresses] == [("demo@example.com", True), ("staff@example.com", True)]


def test_a_second_run_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    seed_demo.seed()
    with django_assert_num_queries(3):  # a savepoint, the query, its release
        seed_demo.seed()


@pytest.mark.parametrize(("debug", "sandbox"), [(False, True), (True, False)])
def test_nothing_is_made_without_debug_or_without_the_sandbox(settings: Settings, debug: bool, sandbox: bool) -> None:
    settings.DEBUG, settings.STRIPE_SANDBOX = debug, sandbox
    with pytest.raises(CommandError):
        call_command("seed_demo")
    assert not User.objects.exists()
