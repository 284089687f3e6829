"""An act that waits for Stripe is done once: a second click is told so, and a dead process's claim is taken over."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from tokens import owners
from tokens.errors import CallUnderWay, KeyInUse
from tokens.idempotency import alone, answer_once, free_claims_of
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


def gone():
    """The name of a process that has ended."""
    process = subprocess.Popen(["sleep", "60"])
    name = owners.name_of(process.pid)
    process.kill()
    process.wait()
    return name


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a process began")


@linux
@pytest.mark.django_db
def test_what_a_process_of_this_machine_claimed_is_free_the_moment_it_is_gone(alice):
    def cut():
        IdempotencyKey.objects.update(claimed_by=gone())
        assert answer_once(alice.pk, "key", request="the same", work=lambda: {"a": 2}).body == {"a": 2}
        return {"a": 1}

    answer_once(alice.pk, "key", request="the same", work=cut)
    with alone(alice.pk, "act"):
        IdempotencyKey.objects.filter(answer__isnull=True).update(claimed_by=gone())
        with alone(alice.pk, "act"):
            pass
    assert answer_once(alice.pk, "key", request="the same", work=dict).body == {"a": 2}


@linux
@pytest.mark.parametrize("change", ["another boot", "another namespace", "the same number later", "nothing known"])
def test_only_what_has_surely_ended_is_gone(change):
    here, _, process = owners.this_process().rpartition("/")
    boot, namespace = here.split("/")
    pid, began = process.split("-")
    name, is_gone = {
        "another boot": (f"other/{namespace}/{pid}-1", False),
        "another namespace": (f"{boot}/pid:[1]/{pid}-1", False),
        "the same number later": (f"{here}/{pid}-{int(began) - 1}", True),
        "nothing known": ("", False),
    }[change]
    assert owners.is_gone(name) == is_gone
    assert not owners.is_gone(owners.this_process())
    assert len(owners.this_process()) <= 100


@linux
@pytest.mark.django_db
def test_a_server_that_ends_frees_what_its_requests_had_claimed_and_nothing_else(alice):
    name = gone()
    now = timezone.now()
    for key, owner, answer in (("cut", name, None), ("done", name, {}), ("other", "elsewhere", None)):
        IdempotencyKey.objects.create(user=alice, key=key, claimed_at=now, claimed_by=owner, answer=answer)
    assert free_claims_of([name]) == 1
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"done", "other"}
