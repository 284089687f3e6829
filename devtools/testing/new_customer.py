"""`python -m devtools.testing.new_customer NAME [TOKENS] [staff]`: make somebody in the shop whose environment this is.

Prints, as JSON, what a test needs to act as them: `user_id`, an API `key`, and the `session` cookie of a sign-in.
"""

import json
import sys
from typing import Any

import django


def make(name: str, tokens: str = "0", role: str = "") -> dict[str, Any]:
    """The same, for a process in which Django is set up."""
    from django.test import Client

    from accounts import api_keys
    from accounts.models import User
    from devtools.testing.factories import StaffFactory, UserFactory
    from tokens.staff import grants

    taken = User.objects.filter(username__startswith=name).count()  # tests of one file may come in two stretches
    user = (StaffFactory if role == "staff" else UserFactory).create(username=f"{name}{taken or ''}")
    if int(tokens):
        grants.grant(user, tokens=int(tokens), reason="For a test", by=None)
    browser = Client()
    browser.force_login(user)
    session = browser.cookies["sessionid"].value
    return {"user_id": user.pk, "key": api_keys.issue(user, name="test")[1], "session": session}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make(*sys.argv[1:])))
