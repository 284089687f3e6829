"""Once the sandbox's clock has been moved, its pages say how far it is ahead of the shop's."""

import re

import pytest

from stripe_sandbox import testing
from stripe_sandbox.pages.rendering import shown_ahead
from stripe_sandbox.tests.support.actors import Buyer
from stripe_sandbox.tests.support.plans import subscribed


@pytest.fixture
def sandbox(own_sandbox: str) -> str:
    """No other test's clock is moved."""
    return own_sandbox


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_pages_with_dates_say_it_only_once_the_clock_was_moved(client, sandbox: str, buyer: Buyer) -> None:
    subscription = subscribed(client)
    invoice = client.v1.invoices.retrieve(subscription.latest_invoice)
    session = client.v1.billing_portal.sessions.create(
        params={"customer": subscription.customer, "return_url": f"{sandbox}/"}
    )
    pages = (invoice.hosted_invoice_url, session.url)
    assert not [page for page in pages if "ahead of the shop" in buyer.look(page).text]
    assert "in the sandbox, as on this machine." in words(buyer.look(f"{sandbox}/stripe-sandbox/").text)
    testing.advance(seconds=3 * 86400 + 7200)
    for page in pages:
        assert "which is now 3 days and 2 hours ahead of the shop's." in words(buyer.look(page).text)
    said = words(buyer.look(f"{sandbox}/stripe-sandbox/").text)
    found = re.search(
        r"It is (\S+ \S+) UTC in the sandbox, 3 days and 2 hours ahead of this machine, where it is (\S+ \S+) UTC", said
    )
    assert found
    assert found[1] > found[2]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, ""), (3599, ""), (3600, "1 hour"), (86400, "1 day"), (90000, "1 day and 1 hour"), (31 * 86400, "31 days")],
)
def test_how_far_is_said_in_days_and_hours(seconds: int, said: str) -> None:
    assert shown_ahead(seconds) == said
