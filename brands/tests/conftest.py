import pytest

from brands.testing.model_server import running_model
from tokens.tests.conftest import alice_page, api, sandbox, sandbox_server, shop

__all__ = ["alice_page", "api", "sandbox", "sandbox_server", "shop"]


@pytest.fixture
def model(settings):
    """A language model that answers as the test says; it is the configured one."""
    with running_model() as (model, address):
        settings.ANALYSIS_BASE_URL, settings.ANALYSIS_MODEL = address, "small"
        settings.ANALYSIS_API_KEY, settings.ANALYSIS_TIMEOUT_SECONDS = "sk-of-the-test", 20
        yield model
