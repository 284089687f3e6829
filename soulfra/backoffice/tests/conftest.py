import pytest
from django.contrib.auth.models import Permission

from devtools.testing.factories import UserFactory
from tokens.tests.conftest import sandbox, sandbox_server, shop

__all__ = ["sandbox", "sandbox_server", "shop"]


@pytest.fixture
def office(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def clerk(db):
    """A member of staff who may look at everything, but has been given no report and no verb."""
    clerk = UserFactory.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return clerk
