"""Odd addresses and ids of the back office, at the servers that people use."""

from soulfra.testing.plain_browser import call, token_of

__all__ = ["call"]

ODD = [
    "tokens/purchase/?status__exact=%00",
    "tokens/purchase/?created_at__gte=zz",
    "tokens/purchase/?id__exact=99999999999999999999999999",
    "tokens/purchase/zz/change/",
    "brands/csvimport/?id__exact=zz",
    "brands/brand/?owner__id__exact=99999999999999999999999999",
    "search/?s=a&page=zz",
    "search/?s=%00",
]


def test_the_back_office_has_no_fault_at_an_odd_address_or_id(running_shop, call):
    cookies = f"sessionid={running_shop.customer('odd-office', is_staff=True).session}"
    assert call("GET", "/admin/tokens/purchase/", cookies)[0].status == 200
    for path in ODD:
        answer, page = call("GET", f"/admin/{path}", cookies)
        assert answer.status in (200, 302, 400, 404), path
        assert answer.headers["X-Request-ID"]
    page = call("GET", "/admin/brands/brand/", cookies)
    token = token_of(page[0])
    cookies += f"; csrftoken={token}"
    fields = {"csrfmiddlewaretoken": token, "action": "mark_as_test"}
    for odd in ("zz", "\0", "9" * 30):
        answer, _ = call("POST", "/admin/brands/brand/", cookies, _selected_action=odd, **fields)
        assert (answer.status, answer.headers["Location"]) == (303, "/admin/brands/brand/")
