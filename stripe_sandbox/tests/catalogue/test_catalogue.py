"""Products and prices, with lookup keys that move from an old price to a new one."""

import pytest
import stripe

from stripe_sandbox.tests.support.actors import order
from stripe_sandbox.tests.support.plans import Told, plan


def price(client, product: str, **changes):
    params = {"currency": "usd", "product": product, "unit_amount": 2000, "recurring": {"interval": "month"}, **changes}
    return client.v1.prices.create(params=params)


def test_a_product_has_prices_that_are_listed(client) -> None:
    product = client.v1.products.create(params={"name": "Plus", "metadata": {"plan": "plus"}})
    told = Told()
    one = price(client, product.id, lookup_key="plus_monthly", nickname="Monthly")
    two = price(client, product.id, recurring={"interval": "year"}, unit_amount=20000)
    client.v1.prices.update(two.id, params={"active": False})

    assert told.types == ["price.created", "price.created", "price.updated"]
    assert (one.type, one.recurring.interval, one.recurring.usage_type) == ("recurring", "month", "licensed")
    listed = client.v1.prices.list
    assert [found.id for found in listed(params={"product": product.id}).data] == [two.id, one.id]
    assert [found.id for found in listed(params={"product": product.id, "active": True}).data] == [one.id]
    (found,) = listed(params={"lookup_keys": ["plus_monthly"], "expand": ["data.product"]}).data
    assert (found.id, found.product.name, found.product.metadata.to_dict()) == (one.id, "Plus", {"plan": "plus"})
    yearly = listed(params={"product": product.id, "recurring": {"interval": "year"}}).data
    assert [found.id for found in yearly] == [two.id]


def test_a_lookup_key_is_transferred_only_when_asked(client) -> None:
    product = client.v1.products.create(params={"name": "Pro"})
    old = price(client, product.id, lookup_key="pro_monthly")

    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        price(client, product.id, lookup_key="pro_monthly")
    new = price(client, product.id, lookup_key="pro_monthly", transfer_lookup_key=True)

    assert client.v1.prices.retrieve(old.id).lookup_key is None
    assert [found.id for found in client.v1.prices.list(params={"lookup_keys": ["pro_monthly"]}).data] == [new.id]
    client.v1.prices.update(old.id, params={"lookup_key": "pro_monthly", "transfer_lookup_key": True})
    assert client.v1.prices.retrieve(new.id).lookup_key is None


def test_products_are_changed_and_listed(client) -> None:
    product = client.v1.products.create(
        params={"name": "Once", "default_price_data": {"currency": "usd", "unit_amount": 500}}
    )
    client.v1.products.update(product.id, params={"active": False, "description": "Gone", "metadata": {"a": "1"}})

    found = client.v1.products.retrieve(product.id, params={"expand": ["default_price"]})
    assert (found.active, found.description, found.default_price.unit_amount) == (False, "Gone", 500)
    assert found.id in [one.id for one in client.v1.products.list(params={"active": False, "limit": 100}).data]
    assert [one.id for one in client.v1.products.list(params={"ids": [product.id]}).data] == [product.id]


def test_a_one_time_price_of_the_catalogue_is_sold_by_its_id(client) -> None:
    product = client.v1.products.create(params={"name": "Pack"})
    once = client.v1.prices.create(params={"currency": "usd", "product": product.id, "unit_amount": 4000})
    items = [{"price": once.id, "quantity": 2}]

    session = client.v1.checkout.sessions.create(params=order(line_items=items, expand=["line_items"]))

    assert (session.amount_total, session.line_items.data[0].description) == (8000, "Pack")
    client.v1.prices.update(once.id, params={"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="is inactive"):
        client.v1.checkout.sessions.create(params=order(line_items=items))


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"unit_amount": None}, "unit_amount"),
        ({"product": "prod_nope"}, "product"),
        ({"currency": "zzz"}, "currency"),
        ({"recurring": {"interval": "month", "interval_count": 99}}, "recurring[interval_count]"),
        ({"recurring": {"interval": "month", "usage_type": "metered"}}, "recurring[usage_type]"),
        ({"nonsense": "1"}, "nonsense"),
        ({"tiers_mode": "volume"}, "tiers_mode"),
    ],
)
def test_what_a_price_does_not_take_is_refused_by_name(client, params, param: str) -> None:
    product = client.v1.products.create(params={"name": "Plus"})
    whole = {"currency": "usd", "product": product.id, "unit_amount": 2000, **params}

    with pytest.raises(stripe.InvalidRequestError) as found:
        client.v1.prices.create(params={name: value for name, value in whole.items() if value is not None})

    assert found.value.param == param


def test_an_unknown_price_or_product_is_404(client) -> None:
    for retrieve in (client.v1.prices.retrieve, client.v1.products.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as found:
            retrieve("nope")
        assert found.value.http_status == 404
    assert plan(client).active is True
