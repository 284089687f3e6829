"""The shop that benchmarks run on has books as right as any."""

import pytest

from accounts.models import User
from benchmarks.seed import Sizes, seed
from tokens.models import Dispute, LedgerEntry, Posting, Purchase, Refund, TokenUsage, Wallet
from tokens.reports.audit import audit
from tokens.reports.closed_hours import close_hours
from tokens.reports.dashboard import figures, liabilities, period_of
from tokens.spending.spends import spend

pytestmark = pytest.mark.django_db
SIZES = Sizes(purchases=1200, spends_each=3, users=20, domains=5, days=10)


def test_a_seeded_shop_has_right_books_and_goes_on_selling():
    seed(SIZES)
    close_hours()
    assert audit() == []
    counts = [model.objects.count() for model in (Purchase, User, Wallet, Refund, Dispute)]
    assert counts == [1200, 20, 20, 5, 1]
    assert TokenUsage.objects.count() > 3000
    assert LedgerEntry.objects.filter(kind="spend").count() >= Posting.objects.count() > 1000
    spend(User.objects.get(username="bench1"), "import_domain")
    assert audit() == []


def test_the_dashboard_of_a_seeded_shop_shows_what_was_asked_for():
    seed(SIZES)
    found = figures(period_of(30))
    assert (found.orders.asked, found.orders.failed, found.tokens.sold) == (1200, 24, 100 * found.orders.paid)
    assert [amount.cents for amount in liabilities()] == [10 * amount.tokens for amount in liabilities()]
    with pytest.raises(AssertionError, match="purchases already"):
        seed(SIZES)
