"""Stripe as it should not be."""

import pytest

from tokens.testing.stalling import stalling


@pytest.fixture
def stripe_that(settings):
    """`stripe_that(answer)` stands in Stripe's place from then on."""
    opened = []

    def start(answer):
        context = stalling(answer)
        opened.append(context)
        server = context.__enter__()
        settings.STRIPE_API_BASE = server.address
        return server

    yield start
    for context in opened:
        context.__exit__(None, None, None)
