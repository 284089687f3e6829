"""What programs were answered, and what Stripe sent about people: seen by those whose work needs it."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from soulfra.backoffice.roles import ROLES
from tokens.models import IdempotencyKey, StripeEvent
from tokens.testing.office import hire, page

pytestmark = pytest.mark.django_db

SECRET = "only-between-us@example.com"


@pytest.fixture
def rows(alice):
    answer = {"checkout_url": SECRET}
    key = IdempotencyKey.objects.create(
        user=alice, key="order-1", fingerprint="f" * 64, answer=answer, claimed_at=timezone.now()
    )
    payload = {"data": {"object": {"customer_email": SECRET}}}
    event = StripeEvent.objects.create(stripe_id="evt_1", type="charge.refunded", livemode=False, payload=payload)
    return {"tokens_idempotencykey": key, "tokens_stripeevent": event}


def sees(client, rows):
    """The pages on which a member of staff reads what is confidential; all of them are open."""
    found = set()
    for name, row in rows.items():
        for address in (page(name, "change", row.pk), page(name, "changelist")):
            answer = client.get(address)
            assert answer.status_code == 200
            if SECRET in answer.content.decode():
                found.add(name)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_its_work_needs(client, rows, role):
    client.force_login(hire(role))
    assert sees(client, rows) == ({"tokens_stripeevent"} if role == "support" else set())
    shown = client.get(page("tokens_idempotencykey", "change", rows["tokens_idempotencykey"].pk)).content.decode()
    assert ("order-1" in shown, "f" * 64 in shown) == (True, False)


def test_a_superuser_sees_both(client, rows, staff):
    client.force_login(staff)
    assert sees(client, rows) == set(rows)


@pytest.mark.parametrize(
    ("permission", "name"), [("see_answer", "tokens_idempotencykey"), ("see_payload", "tokens_stripeevent")]
)
def test_whoever_is_given_the_permission_sees_it(client, rows, permission, name):
    auditor = hire("auditor")
    auditor.user_permissions.set(Permission.objects.filter(codename=permission))
    client.force_login(auditor)
    assert sees(client, rows) == {name}
