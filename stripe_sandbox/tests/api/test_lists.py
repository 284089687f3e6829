"""Lists: paging in both directions, filters, expansion."""

from collections.abc import Iterator

import pytest
import stripe

from stripe_sandbox.testing import pay, run_sandbox
from stripe_sandbox.tests.conftest import sdk
from stripe_sandbox.tests.support.actors import order


@pytest.fixture
def shop(tmp_path) -> Iterator[stripe.StripeClient]:
    """The SDK at an empty sandbox."""
    with run_sandbox(tmp_path / "store.db") as running:
        yield from sdk(running.address)


def customers(shop, count: int) -> list[str]:
    return [shop.v1.customers.create(params={"email": f"{n}@example.com"}).id for n in range(count)]


def test_newest_first_and_iterated_to_the_end(shop) -> None:
    made = customers(shop, 5)

    first_page = shop.v1.customers.list(params={"limit": 2})

    assert [customer.id for customer in first_page.data] == [made[4], made[3]]
    assert (first_page.has_more, first_page.url) == (True, "/v1/customers")
    assert [customer.id for customer in first_page.auto_paging_iter()] == made[::-1]


def test_ending_before_gives_what_came_after_and_iterates_oldest_first(shop) -> None:
    made = customers(shop, 5)

    page = shop.v1.customers.list(params={"limit": 2, "ending_before": made[0]})

    assert [customer.id for customer in page.data] == [made[2], made[1]]
    assert page.has_more is True
    assert [customer.id for customer in page.auto_paging_iter()] == made[1:]


def test_an_unknown_cursor_and_both_cursors_are_refused(shop) -> None:
    (made,) = customers(shop, 1)

    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_x'"):
        shop.v1.customers.list(params={"starting_after": "cus_x"})
    with pytest.raises(stripe.InvalidRequestError, match="both starting_after and ending_before"):
        shop.v1.customers.list(params={"starting_after": made, "ending_before": made})
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal to 100"):
        shop.v1.customers.list(params={"limit": 101})


def test_created_and_email_narrow_a_list(shop) -> None:
    made = customers(shop, 2)
    created = shop.v1.customers.retrieve(made[0]).created

    assert [c.id for c in shop.v1.customers.list(params={"email": "0@example.com"}).data] == [made[0]]
    assert len(shop.v1.customers.list(params={"created": {"gte": created, "lt": created + 60}}).data) == 2
    assert shop.v1.customers.list(params={"created": {"gt": created + 60}}).data == []


def test_sessions_are_found_by_status_customer_intent_and_email(shop) -> None:
    customer = shop.v1.customers.create(params={"email": "ann@example.com"})
    paid = shop.v1.checkout.sessions.create(params=order(customer=customer.id))
    still_open = shop.v1.checkout.sessions.create(params=order())
    intent = pay(paid.id)["payment_intent"]

    def found(**filters) -> list[str]:
        return [session.id for session in shop.v1.checkout.sessions.list(params=filters).data]

    assert found(status="open") == [still_open.id]
    assert found(status="complete") == found(customer=customer.id) == found(payment_intent=intent) == [paid.id]
    assert found(customer_details={"email": "ann@example.com"}) == [paid.id]
    assert found() == [still_open.id, paid.id]


def test_charges_and_intents_are_listed_with_expanded_members(shop) -> None:
    session = pay(shop.v1.checkout.sessions.create(params=order()).id)

    charges = shop.v1.charges.list(
        params={"payment_intent": session["payment_intent"], "expand": ["data.payment_intent"]}
    )
    intents = shop.v1.payment_intents.list(params={"expand": ["data.latest_charge"]})

    assert charges.data[0].payment_intent.id == session["payment_intent"]
    assert intents.data[0].latest_charge.id == charges.data[0].id


def test_events_are_found_by_type(shop) -> None:
    pay(shop.v1.checkout.sessions.create(params=order()).id)

    def types(**filters) -> list[str]:
        return [event.type for event in shop.v1.events.list(params=filters).data]

    assert types(type="charge.succeeded") == ["charge.succeeded"]
    assert types(type="payment_intent.*") == ["payment_intent.succeeded", "payment_intent.created"]
    assert types(types=["charge.succeeded", "checkout.session.completed"]) == [
        "checkout.session.completed",
        "charge.succeeded",
    ]
    with pytest.raises(stripe.InvalidRequestError, match="only specify one of"):
        types(type="charge.succeeded", types=["charge.failed"])


def test_a_customer_is_updated_key_by_key(shop) -> None:
    customer = shop.v1.customers.create(params={"name": "Ann", "metadata": {"a": "1", "b": "2"}})

    changed = shop.v1.customers.update(customer.id, params={"name": "", "metadata": {"a": "", "c": "3"}})

    assert (changed.name, changed.metadata.to_dict()) == (None, {"b": "2", "c": "3"})
    event = shop.v1.events.list(params={"type": "customer.updated"}).data[0]
    previous = event.data.previous_attributes.to_dict()
    assert previous == {"name": "Ann", "metadata": {"a": "1", "c": None}}
    assert event.data.object.id == customer.id
