"""The API keeps to its own schema: whatever is sent, no 5xx and no answer that the schema does not announce."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from accounts.throttling import buckets
from devtools.testing.examples import tries
from tokens.idempotency import fingerprint
from tokens.ledger.wallet import get_token_balance
from tokens.models import IdempotencyKey, TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.holds import capture, hold, release
from tokens.spending.spends import spend
from tokens.testing.api_contract import CHECKS, connection_of_the_test, key, schema, unreachable_stripe

__all__ = ["connection_of_the_test", "key", "unreachable_stripe"]
QUIETLY = settings(deadline=None, suppress_health_check=list(HealthCheck))
IN_USE, USED = "in use", "used"


@pytest.fixture
def full_wallet(alice):
    simulate_token_purchase(alice.pk, "premium")


@pytest.fixture
def holds(alice, full_wallet):
    """Hold ids: open, captured, released, and one that is nobody's."""
    usages = [hold(alice.pk, "ai_analysis") for _ in range(3)]
    capture(usages[1])
    release(usages[2])
    return [*(usage.pk for usage in usages), 10**9]


@pytest.mark.django_db
@schema.include(path_regex="^/api/(tokens|memberships)/").parametrize()
@settings(QUIETLY, max_examples=tries(5), phases=[Phase.explicit, Phase.generate])
def test_every_answer_is_announced(case, key, full_wallet):
    buckets.clear()
    for headers in ({"Authorization": f"Bearer {key}"}, {}):
        case.call_and_validate(headers=headers, checks=[not_a_server_error, *CHECKS])


def statuses_seen(path, key, alice, *, ids=(0,)):
    """Call POST `path` with what the schema allows, some of it of the catalogue and with keys used before."""

    @settings(QUIETLY, max_examples=40, derandomize=True, database=None, phases=[Phase.generate])
    @given(
        case=schema[f"/api/tokens/{path}"]["POST"].as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE),
        known=st.sampled_from([{"package": "pro", "action": "import_domain", "tokens": 2, "count": 3}, {}]),
        hold_id=st.sampled_from(ids),
        idempotency_key=st.sampled_from([None, IN_USE, USED]),
    )
    def call(case, known, hold_id, idempotency_key):
        buckets.clear()
        headers = {"Authorization": f"Bearer {key}"}
        if "id" in case.path_parameters:
            case.path_parameters["id"] = hold_id
        for part in (case.body, *case.body.get("items", [])) if isinstance(case.body, dict) else ():
            part.update({name: value for name, value in known.items() if name in part})
            for name in ("success_url", "cancel_url") if known else ():  # no origin of this shop's is invented
                part.pop(name, None)
        if idempotency_key:
            claim(idempotency_key, case, alice)
            headers["Idempotency-Key"] = idempotency_key
        seen.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    seen: set[int] = set()
    call()
    return seen


def claim(key, case, alice):
    """The key's row as a twin of this very request leaves it while under way, or as another request left it.

    A spend's key is on its usage, and who comes meanwhile waits.
    """
    if case.formatted_path.endswith("/spend"):
        if key == USED and get_token_balance(alice.pk):
            spend(alice, "import_domain", metadata={"another": "request"}, idempotency_key=key)
        return
    body = case.body if isinstance(case.body, dict) else {}
    request = fingerprint(case.method, case.formatted_path, body) if key == IN_USE else "another"
    defaults = {"fingerprint": request, "claimed_at": "2100-01-01T00:00Z", "answer": None}
    IdempotencyKey.objects.update_or_create(user=alice, key=key, defaults=defaults)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "statuses"),
    [("purchase", {200, 400, 409, 422}), ("spend", {200, 400, 422}), ("holds", {201, 400, 409, 422})],
    ids=["purchase", "spend", "holds"],
)
def test_with_a_full_wallet_every_answer_is_met_and_announced(key, full_wallet, alice, path, statuses):
    assert statuses_seen(path, key, alice) >= statuses


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "statuses"), [("spend", {400, 402}), ("holds", {400, 402, 409, 422})], ids=["spend", "holds"]
)
def test_with_an_empty_wallet_the_402_is_met_and_announced(key, alice, path, statuses):
    assert statuses_seen(path, key, alice) == statuses
    assert not TokenUsage.objects.exists()


@pytest.mark.django_db
def test_with_stripe_unreachable_the_502_is_met_and_announced(key, alice, unreachable_stripe):
    assert statuses_seen("purchase", key, alice) == {400, 409, 422, 502}


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["capture", "release"])
def test_every_state_of_a_hold_is_met_and_announced(key, holds, alice, verb):
    path = f"holds/{{id}}/{verb}"
    of_mine, of_nobody = statuses_seen(path, key, alice, ids=holds), statuses_seen(path, key, alice, ids=(0,))
    assert of_mine >= {200, 409, 422}
    assert 404 in of_nobody


@pytest.mark.django_db
def test_a_quote_is_met_and_announced(key, full_wallet, alice):
    assert statuses_seen("quote", key, alice) == {200, 400}
