"""The usual way to spend in Django, to be measured beside: a balance and a row for each spend, in two plain tables."""

from __future__ import annotations

from typing import ClassVar

from django.db import connection, models, transaction
from django.db.models import F

COST = 1


class UsualWallet(models.Model):  # noqa: DJ008  nobody looks at it
    balance = models.BigIntegerField()

    objects: ClassVar[models.Manager[UsualWallet]] = models.Manager()

    class Meta:
        app_label = "benchmarks"
        db_table = "usual_wallets"


class UsualSpend(models.Model):  # noqa: DJ008
    wallet = models.ForeignKey(UsualWallet, models.PROTECT)
    action = models.CharField(max_length=50)
    tokens = models.IntegerField()
    metadata = models.JSONField()
    balance_after = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[UsualSpend]] = models.Manager()

    class Meta:
        app_label = "benchmarks"
        db_table = "usual_spends"


def plant(user_ids: list[int], *, tokens: int) -> None:
    """Both tables, and a wallet for each of these ids."""
    with connection.schema_editor() as editor:
        for model in (UsualWallet, UsualSpend):
            editor.create_model(model)
    UsualWallet.objects.bulk_create([UsualWallet(pk=pk, balance=tokens) for pk in user_ids])


@transaction.atomic
def spend_locked(user_id: int, action: str, metadata: dict[str, str]) -> int:
    """Lock, save, create. The tokens spent."""
    wallet = UsualWallet.objects.select_for_update().get(pk=user_id)
    if wallet.balance < COST:
        raise ValueError("Too few tokens.")
    wallet.balance -= COST
    wallet.save()
    UsualSpend.objects.create(
        wallet=wallet, action=action, tokens=COST, metadata=metadata, balance_after=wallet.balance
    )
    return COST


@transaction.atomic
def spend_by_expression(user_id: int, action: str, metadata: dict[str, str]) -> int:
    """A conditional UPDATE with F(), then create. The tokens spent."""
    if not UsualWallet.objects.filter(pk=user_id, balance__gte=COST).update(balance=F("balance") - COST):
        raise ValueError("Too few tokens.")
    UsualSpend.objects.create(wallet_id=user_id, action=action, tokens=COST, metadata=metadata)
    return COST
