"""Searches of long lists: what was typed is looked up by index, in each column where it can be, and never with LIKE."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest

from tokens.web.keyset import row_id

ROWS_AT_MOST = 50
# What links to the list of one customer's rows filter by.
OF_ONE_CUSTOMER = "user__id__exact"


class ExactSearch:
    """For a page of the back office: `search_fields` are columns with an index, compared as a whole.

    One that leads to a user (or to what a user has one of, as a wallet) means the username or the email address; one
    with a ^ before it may also begin with what was typed.

    `order_of_one` is the order of one customer's rows, by an index that begins with the customer. Without it the order
    is the list's own, as if by the primary key: fit where such an index has that for its second column.
    """

    model: type[models.Model]
    get_search_fields: Any
    order_of_one: str | None = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        wanted = search_term.strip()
        people = people_called(wanted) if wanted else []
        if self.order_of_one and (len(people) == 1 or OF_ONE_CUSTOMER in request.GET):
            queryset = queryset.order_by(self.order_of_one)
        if not wanted:
            return queryset, False
        found = Q(pk__in=[])
        for name in self.get_search_fields(request):
            found |= _is(self.model, name, wanted, people)
        return queryset.filter(found), False


def people_called(wanted: str) -> list[Any]:
    """The ids of those whose username this is, or whose address in any case of letters."""
    users = get_user_model()._default_manager.annotate(address=Lower("email"))
    found = users.filter(Q(username=wanted) | Q(address=wanted.lower())).order_by()
    return list(found.values_list("pk", flat=True)[:ROWS_AT_MOST])


def _is(model: type[models.Model], name: str, wanted: str, people: list[Any]) -> Q:
    if name.startswith("^"):
        return Q(**{f"{name[1:]}__startswith": wanted})
    if model is get_user_model() and name == "email":
        return Q(pk__in=people) if people else Q()
    first, _, rest = name.partition("__")
    field: Any = model._meta.get_field(first)
    if rest:
        related = field.related_model
        rows = related._default_manager.filter(_is(related, rest, wanted, people) or Q(pk__in=[])).order_by()
        found = list(rows.values_list("pk", flat=True)[:ROWS_AT_MOST])
        return Q(**{f"{first}__in": found}) if found else Q()
    if field.is_relation:
        return Q(**{f"{name}__in": people}) if people else Q()
    if isinstance(field, models.IntegerField):
        number = row_id(wanted)
        return Q() if number is None else Q(**{name: number})
    if isinstance(field, models.UUIDField):
        with suppress(ValueError):
            return Q(**{name: uuid.UUID(wanted)})
        return Q()
    return Q(**{name: wanted})
