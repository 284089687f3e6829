"""A named spend inside a caller's transaction, of somebody whose wallet is only made in another one beside it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest
from django.db import connection, transaction

from tokens.errors import InsufficientTokens
from tokens.models import TokenUsage
from tokens.spending.spends import spend
from tokens.staff.grants import grant


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_twin_waits_for_the_wallet_that_the_first_one_makes_and_is_answered_with_its_usage(alice):
    is_locked = threading.Event()

    def twin():
        is_locked.wait(10)
        try:
            with transaction.atomic():
                return spend(alice, "ai_analysis", idempotency_key="k").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(twin)
        with transaction.atomic():
            with pytest.raises(InsufficientTokens):
                spend(alice, "ai_analysis", idempotency_key="k")
            is_locked.set()
            with pytest.raises(NotYet):
                answered.result(timeout=0.5)
            grant(alice, tokens=5, reason="for the first of the twins", by=None)
            first = spend(alice, "ai_analysis", idempotency_key="k")
        assert answered.result(timeout=10) == first.pk
    assert TokenUsage.objects.count() == 1
