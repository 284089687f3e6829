"""An act that waits for Stripe is done once: a second click is told so, and a dead process's claim is taken over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tokens.errors import CallUnderWay, KeyInUse
from tokens.idempotency import alone, answer_once
from tokens.models import IdempotencyKey, Purchase


@pytest.mark.django_db
def test_a_second_click_while_the_first_waits_is_told_so_at_once_and_asks_stripe_nothing(
    alice, api, alice_page, sandbox
):
    with alone(alice.pk, "tokens.purchases.checkout.open_checkout", "pro"):  # as the first click's request holds it
        answer = api(alice).post("/api/tokens/purchase", {"package": "pro"})
        page = alice_page.post("/tokens/purchase", {"package": "pro"})
        other = api(alice).post("/api/tokens/purchase", {"package": "starter"})
    assert (answer.status_code, answer.json()["title"], answer["Retry-After"]) == (409, "Request under way", "2")
    assert (page.status_code, page["Retry-After"]) == (409, "2")
    assert "Your payment page is opening" in page.text
    assert '<input type="hidden" name="package" value="pro">' in page.text
    assert other.status_code == 200
    assert Purchase.objects.filter(package_key="pro").count() == 0
    assert alice_page.post("/tokens/purchase", {"package": "pro"}).status_code == 303


@pytest.mark.django_db
def test_the_claim_of_a_process_that_died_is_taken_over(alice, sandbox):
    with alone(alice.pk, "tokens.purchases.checkout.open_checkout", "pro"):
        IdempotencyKey.objects.update(claimed_at=timezone.now() - timedelta(seconds=31))
        assert sandbox.buy(alice).checkout_url
    assert not IdempotencyKey.objects.filter(claimed_at__gt=timezone.now() - timedelta(seconds=30)).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [10, 100])
def test_a_claim_lasts_longer_than_any_request_may_wait_for_stripe(seconds, alice, settings):
    settings.STRIPE_DEADLINE_SECONDS = seconds
    claimed = IdempotencyKey.objects.filter(user_id=alice.pk)
    with alone(alice.pk, "act"):
        claimed.update(claimed_at=timezone.now() - timedelta(seconds=seconds + 15))
        with pytest.raises(CallUnderWay), alone(alice.pk, "act"):
            pass
        claimed.update(claimed_at=timezone.now() - timedelta(seconds=seconds + 21))
        with alone(alice.pk, "act"):
            pass

    def meanwhile():
        claimed.update(claimed_at=timezone.now() - timedelta(seconds=max(55, seconds + 15)))
        with pytest.raises(KeyInUse):
            answer_once(alice.pk, "key", request="the same", work=dict)

    answer_once(alice.pk, "key", request="the same", work=meanwhile)


@pytest.mark.django_db
def test_an_act_that_fails_is_free_again_and_clients_cannot_name_a_claim(alice):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), alone(alice.pk, "act", "\x00", 1):
            raise ZeroDivisionError
    with alone(alice.pk, "act"), pytest.raises(CallUnderWay), alone(alice.pk, "act"):
        pass
    with alone(alice.pk, "act"):
        assert not IdempotencyKey.objects.get().key.isascii()
