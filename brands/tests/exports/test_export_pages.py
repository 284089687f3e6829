"""Exports from the pages: charged once, sent to their owner only."""

import pytest

from brands.models import Export
from brands.testing.domain_pages import HOME, text_of, told
from brands.testing.rows import make_brand
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def rich_page(alice_page, alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "starter")
    make_brand(alice)
    return alice_page


def test_an_export_is_charged_once_however_often_the_form_is_sent(rich_page, alice):
    form = {"format": "csv", "form_key": rich_page.get(HOME).context["export_form"].initial["form_key"]}
    first, again = (told(rich_page.post(f"{HOME}exports", form), at=f"{HOME}exports")[-1] for _ in range(2))
    assert first == "1 domain exported for 10 tokens; 90 left. You can download the file for 24 hours."
    assert "nothing was charged" in again
    assert (get_token_balance(alice.pk), TokenUsage.objects.count(), Export.objects.count()) == (90, 1, 1)
    assert "Download CSV" in text_of(rich_page.get(f"{HOME}exports"))


def test_the_file_is_the_owners_only(rich_page, client, bob):
    rich_page.post(f"{HOME}exports", {"format": "json", "form_key": "k"})
    address = f"{HOME}exports/{Export.objects.get().pk}"
    answer = rich_page.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert b"ocean.com" in b"".join(answer.streaming_content)
    client.force_login(bob)
    assert client.get(address).status_code == 404
    assert "No exports in the last 24 hours" in text_of(client.get(f"{HOME}exports"))


def test_an_export_that_cannot_be_paid_is_a_page_that_says_so(alice_page, alice):
    make_brand(alice)
    response = alice_page.post(f"{HOME}exports", {"format": "csv", "form_key": "k"})
    assert response.status_code == 402
    assert "Needed 10 tokens" in text_of(response)


def test_an_export_form_with_nonsense_is_shown_again(rich_page, alice):
    response = rich_page.post(f"{HOME}exports", {"format": "xml", "form_key": "k"})
    assert response.status_code == 400
    assert get_token_balance(alice.pk) == 100


def test_an_export_form_that_is_sent_again_for_something_else_is_another_export(alice_page, alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "starter")
    make_brand(alice)
    sent = {"format": "json", "form_key": "one page"}
    first = alice_page.post("/domains/exports", sent, follow=True)
    again = alice_page.post("/domains/exports", sent, follow=True)
    assert "1 domain exported for 10 tokens; 90 left." in first.text
    usage = TokenUsage.objects.get()
    assert f"This is the file you exported at {usage.created_at:%H:%M} UTC; nothing was charged." in again.text
    assert "80 left" in alice_page.post("/domains/exports", {**sent, "format": "csv"}, follow=True).text
    assert Export.objects.count() == 2


@pytest.mark.parametrize("path", ["/domains/", "/domains/exports"])
def test_pages_whose_forms_work_once_are_not_kept_by_browsers(alice_page, path):
    assert "no-store" in alice_page.get(path)["Cache-Control"]
