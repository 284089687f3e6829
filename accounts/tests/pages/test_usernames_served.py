"""A username that may be an email address is refused by the servers that people use."""

import pytest

from soulfra.testing.plain_browser import call, token_of

__all__ = ["call"]


@pytest.mark.parametrize("username", ["somebody@example.com", "@", "a@b", "some＠body", "x\0y"])
def test_a_username_that_may_be_an_address_is_refused_in_words(running_shop, call, username):
    answer, _ = call("GET", "/accounts/signup/")
    token = token_of(answer)
    fields = {"username": username, "email": "new-one@example.com", "password1": "long-enough-7431"}
    fields |= {"password2": "long-enough-7431", "csrfmiddlewaretoken": token}
    answer, page = call("POST", "/accounts/signup/", f"csrftoken={token}", **fields)
    assert answer.status in (200, 400)
    assert 'aria-invalid="true"' in page
    assert "sessionid" not in (answer.headers["Set-Cookie"] or "")
