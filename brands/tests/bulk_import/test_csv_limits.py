"""How much of a CSV file may come, at every door."""

import pytest
from django.urls import reverse

from brands.models import CsvImport
from brands.testing.csv_files import csv_with

pytestmark = pytest.mark.django_db


def test_too_much_pasted_text_leads_to_the_file_itself(alice_page):
    address = reverse("brands:csv")
    assert "You can paste up to 2.5 MB" in alice_page.get(address).content.decode().replace("\xa0", " ")
    answer = alice_page.post(address, {"text": "domain\n" + "x" * 3_000_000})
    assert answer.status_code == 413
    assert (
        "A request may have at most 2,621,440 bytes besides its files. Send less, or send the data as a file."
        in answer.text
    )


def test_ten_thousand_rows_are_enough_at_every_door(api, alice, alice_page):
    data = csv_with(10_001)
    answer = api(alice).post("/api/domains/import", data, content_type="text/csv")
    assert (answer.status_code, answer.json()["detail"]) == (
        413,
        "The file has more than 10,000 rows. Split it, and import the parts.",
    )
    page = alice_page.post(reverse("brands:csv"), {"text": data.decode()})
    assert (page.status_code, "more than 10,000 rows" in page.text) == (400, True)
    assert CsvImport.objects.count() == 0
