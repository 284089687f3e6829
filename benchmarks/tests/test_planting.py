"""What is planted is what the shop would have made: the books are right, and Stripe's events fits its purchases."""

from pathlib import Path

import pytest
from django.test import Client

from benchmarks import events, long_ledgers, people
from tokens.models import LedgerEntry, Purchase, TokenUsage, Wallet


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MANY", 5)
    monkeypatch.setattr(people, "_plant_stock_tokens", lambda users: ["no table for these here"] * len(users))


@pytest.mark.postgres
@pytest.mark.django_db
def test_copied_customers_have_the_tokens_of_the_first_and_a_key_that_opens(few: None, client: Client) -> None:
    planted = people.plant()
    assert list(Wallet.objects.order_by("pk").values_list("balance", flat=True)) == [people.TOKENS] * 5 + [
        people.HOT_TOKENS
    ]
    answer = client.get("/api/tokens/balance", headers={"Authorization": f"Bearer {planted.keys[-1]}"})
    assert (answer.status_code, answer.json()["user_id"]) == (200, planted.ids[-1])


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_long_ledger_is_as_long_as_it_says() -> None:
    users = long_ledgers.plant([1, 7, 27])
    for (size, user_id), postings in zip(users.items(), (1, 2, 4), strict=True):
        assert TokenUsage.objects.for_user(user_id).count() == size
        assert LedgerEntry.objects.filter(wallet=user_id, kind="spend").count() == postings
        assert Wallet.objects.get(pk=user_id).balance == 1000


@pytest.mark.django_db
def test_signed_news_of_about_two_kilobytes_completes_its_purchase(alice, client: Client, tmp_path: Path) -> None:
    [purchase] = events.plant_purchases([alice.pk], 1)
    events.write([events.completed(purchase)], tmp_path / "events")
    signature, _, body = (tmp_path / "events").read_text().rstrip("\n").partition("\t")
    assert 1800 < len(body) < 2200
    answer = client.post(
        "/api/tokens/webhook", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    purchase.refresh_from_db()
    assert purchase.status == Purchase.Status.COMPLETED
    assert Wallet.objects.get(pk=alice.pk).balance == events.TOKENS
