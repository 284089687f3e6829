"""A member and her browser."""

import pytest

from memberships import domain_count
from memberships.testing.pages import SignedInMember


@pytest.fixture
def member(sandbox, alice, alice_page):
    """alice, signed in and on Pro; `page` is her browser."""
    member = SignedInMember(sandbox, alice)
    member.page = alice_page
    member.subscribe("pro")
    return member


@pytest.fixture
def seven_domains(monkeypatch, alice):
    monkeypatch.setattr(domain_count.counts_domains, "functions", [lambda user_id: 7 if user_id == alice.pk else 0])
