"""A storage of the test's own, and a customer with something to export."""

import pytest

from brands.testing.rows import make_brand
from tokens.purchases.lifecycle import simulate_token_purchase


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """A storage of the test's own; gives its directory."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def rich(alice):
    """alice, with 500 tokens and three domains."""
    simulate_token_purchase(alice.pk, "pro")
    make_brand(alice, "a.com", category_id="tech", brand_type="blog")
    make_brand(alice, "b.com", tier="creative", tagline='=HYPERLINK("x")', emoji="👩‍💻")
    make_brand(alice, "c.com", is_test=True)
    return alice
