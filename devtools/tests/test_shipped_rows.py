"""Rows that migrations ship are there in every test, also after transactional tests have emptied all tables."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from tokens.models import ActionCost, TokenPackage

SHIPPED = (ContentType, TokenPackage, ActionCost)


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.django_db(transaction=True)
def test_transactional_tests_find_the_shipped_rows(turn: int) -> None:
    assert [model.objects.exists() for model in SHIPPED] == [True, True, True]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_given_any_test_next_has_them_at_once() -> None:
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)  # as Django does after the test
    assert [model.objects.exists() for model in SHIPPED] == [True, True, True]


@pytest.mark.parametrize("turn", [1, 2])
def test_tests_of_a_live_server_find_the_shipped_rows(turn: int, live_server: object) -> None:
    assert [model.objects.exists() for model in SHIPPED] == [True, True, True]


@pytest.mark.django_db
def test_other_tests_find_the_shipped_rows() -> None:
    assert [model.objects.exists() for model in SHIPPED] == [True, True, True]
