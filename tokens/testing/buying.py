"""Purchases bought at the sandbox and told, and tokens used up."""

from tokens.spending.spends import spend


def buy(sandbox, user, package="pro", **card):
    purchase = sandbox.buy(user, package)
    sandbox.pay(purchase, **card)
    sandbox.deliver(sandbox.event(purchase))
    purchase.refresh_from_db()
    return purchase


def spend_tokens_of(user, number):
    for _ in range(number // 10):
        spend(user, "data_export")
