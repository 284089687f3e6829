"""The tax figures of the dashboard and of the month end, for those who may see reports."""

import re

import pytest

from tokens.testing.buying import buy
from tokens.testing.money_shown import words_of
from tokens.testing.refund_news import give_back

pytestmark = pytest.mark.django_db


def test_the_office_shows_what_was_collected_and_refunded_gross_and_net(sandbox, office, alice, settings):
    settings.STRIPE_TAX = True
    taxed = buy(sandbox, alice, country="DE", postal_code="10115")
    give_back(taxed, 1190)
    dashboard = words_of(office.get("/admin/"))
    assert "Tax $5.70 $7.60 collected, $1.90 refunded" in dashboard
    assert "Revenue without tax $30.00 Revenue less tax" in dashboard
    page = office.get("/admin/month-end/").content.decode()
    rows = re.findall(r'<th scope="row">(.*?)</th>' + r"\s*<td[^>]*>(.*?)</td>" * 3, page)
    assert rows == [
        ("Payments", "$47.60", "$7.60", "$40.00"),
        ("Refunds", "-$11.90", "-$1.90", "-$10.00"),
        ("Payments less refunds", "$35.70", "$5.70", "$30.00"),
    ]


def test_a_shop_without_tax_sees_none(sandbox, office, alice):
    give_back(buy(sandbox, alice), 1000)
    assert ">Tax<" not in office.get("/admin/").content.decode()
    assert ">Tax<" not in office.get("/admin/month-end/").content.decode()
