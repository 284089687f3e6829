"""Who sends bodies to the servers that people use."""

import pytest

from devtools.testing.servers import RunningShop
from soulfra.testing.wire import Caller


@pytest.fixture(scope="session")
def caller(running_shop: RunningShop) -> Caller:
    return Caller(running_shop, running_shop.customer("bodies", tokens=1000))
