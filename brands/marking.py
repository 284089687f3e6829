"""Test domains as staff mark them: the same change as the owner's own, and a row that says who and why."""

from __future__ import annotations

from itertools import groupby

from django.db.models import QuerySet

from brands.editing import mark_test
from brands.models import Brand
from tokens.staff.acts import Why, record, require
from tokens.transactions import money_transaction
from tokens.wording import counted

MARK = "brands.change_brand"
NAMED = 5


@money_transaction
def mark(brands: QuerySet[Brand], *, is_test: bool, why: Why) -> list[Brand]:
    """Mark brands as test domains, or no longer; those that were not already. One act for each owner.

    Raises NotPermitted.
    """
    require(why, MARK)
    ids = mark_test(brands.order_by(), is_test=is_test)
    marked = list(Brand.objects.filter(pk__in=ids).order_by("owner_id", "pk"))
    verb = "mark as test" if is_test else "mark as no test"
    for owner_id, group in groupby(marked, key=lambda brand: brand.owner_id):
        record(verb, _subject([brand.domain_shown for brand in group]), why=why, user_id=owner_id)
    return marked


def _subject(domains: list[str]) -> str:
    more = f" and {len(domains) - NAMED} more" if len(domains) > NAMED else ""
    names = ", ".join(domains[:NAMED])[:150]
    return f"{counted(len(domains), 'domain')}: {names}{more}"
