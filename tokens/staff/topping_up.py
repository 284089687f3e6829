"""Turning off a customer's automatic top-up. Staff never turn it on: only the customer agrees to be charged."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from tokens.models import AutoTopUp
from tokens.staff.acts import Why, record, require
from tokens.top_up import switching
from tokens.transactions import money_transaction

TURN_OFF = "tokens.turn_off_top_up"


@money_transaction
def turn_off(user: AbstractBaseUser, *, why: Why) -> bool:
    """Turn it off; whether it was on. The customer is told. Raises NotPermitted."""
    require(why, TURN_OFF, on=user.pk)
    was_on = switching.turn_off(user.pk, AutoTopUp.Off.STAFF)
    if was_on:
        record("turn off top-up", f"automatic top-up of user {user.pk}", why=why, user_id=user.pk)
    return was_on
