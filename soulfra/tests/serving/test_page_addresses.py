"""Whatever stands in the address of a customer's page, the server has no fault."""

import pytest
from django.db import transaction

from brands.testing.rows import make_brand
from tokens.tests.conftest import alice_page

__all__ = ["alice_page"]

pytestmark = pytest.mark.django_db

ODD = ["\x00", "9" * 30, "zz", "٣", "-1", ""]
PAGES = {
    "/domains/": ["q", "tier", "category", "type", "is_test", "page", "before", "after", "sort", "order", "cursor"],
    "/domains/exports": ["before", "page", "cursor"],
    "/tokens/": ["package"],
    "/tokens/purchases": ["before", "cursor"],
    "/tokens/usage": ["before"],
    "/tokens/success": ["session_id"],
    "/tokens/cancel": ["package"],
    "/membership/": ["cancelled"],
    "/membership/change": ["plan"],
    "/membership/success": ["session_id"],
    "/accounts/login/": ["next"],
    "/accounts/api-keys/": ["page", "before"],
}
ABOUT = ["/domains/{}", "/domains/{}/delete", "/domains/{}/analyze", "/domains/import/{}", "/domains/import/{}/proof"]
ABOUT += ["/domains/exports/{}", "/accounts/api-keys/{}/revoke/", "/accounts/confirm-email/{}/", "/nothing/{}"]
ABOUT += ["/accounts/api-keys/{}/rotate/"]
ABOUT += ["/accounts/password/reset/key/{}-zz/", "/accounts/password/reset/key/zzz-{}/"]


def status_of(client, address, asked=None):
    with transaction.atomic():  # a complaint of PostgreSQL's would end the test's own
        answer = client.get(address, asked)
        transaction.set_rollback(True)
    return answer.status_code


def test_every_page_takes_what_it_cannot_use(alice_page, alice):
    alice_page.raise_request_exception = False
    make_brand(alice, "example.com")
    asked: list[tuple[str, dict[str, str] | None]] = [
        (path, {name: value}) for path, names in PAGES.items() for name in names for value in ODD
    ]
    asked += [(path.format(value), None) for path in ABOUT for value in ["%00", "9" * 30, "zz", "%D9%A3"]]
    assert [each for each in asked if status_of(alice_page, *each) >= 500] == []
