"""The member whose subscription these tests follow."""

import pytest

from memberships.testing.members import Member


@pytest.fixture
def alices(sandbox, alice):
    return Member(sandbox, alice)
