"""Two users with the same past, one before the fast path and one before REST framework."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts import api_keys
from devtools.testing.factories import UserFactory
from soulfra.api import fast_path
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.testing.all_rows import rows_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Caller:
    """A user with 100 tokens and a key whose use is noted, who calls with the plain door open or shut."""

    def __init__(self, *, is_door_open=True):
        self.is_door_open = is_door_open
        self.user = UserFactory.create()
        simulate_token_purchase(self.user.pk, "starter")
        self.key, self.text = api_keys.issue(self.user, name="CI")
        api_keys.note_use(self.key.pk)

    def call(self, method, path, body="", *, content_type="application/json", **headers):
        """Status, headers and body as they went out; `is_fast` says whether the fast path answered."""
        sent = json.dumps(body) if isinstance(body, dict | list) else body
        headers = {"authorization": f"Bearer {self.text}", **headers}
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(fast_path, "answer", self.watched(fast_path.answer))
            # From an address of their own, since refusals are counted by address.
            client = Client(
                raise_request_exception=False, REMOTE_ADDR=f"10.0.{self.user.pk // 250}.{self.user.pk % 250}"
            )
            answer = client.generic(method, path, sent, content_type, headers=headers)
        kept = [(name, value) for name, value in answer.headers.items() if name != "X-Request-ID"]
        return answer.status_code, kept, answer.content.decode()

    def without_ids(self, body):
        """The body with what is the same before both doors in place of the ids of the user and of a usage."""
        body = re.sub(rf'("user_id": ?){self.user.pk}\b', r"\1x", body)
        usages = TokenUsage.objects.filter(user=self.user)
        return re.sub(r'("id": ?)(\d+)\b', lambda found: f"{found[1]}number {usages.get(pk=found[2]).number}", body)

    def watched(self, door):
        self.is_fast = False

        def answer(request):
            answer = door(request) if self.is_door_open else None
            self.is_fast = answer is not None
            return answer

        return answer


class TwoDoors:
    """Two users with the same past, one before each door."""

    def __init__(self):
        self.callers = [Caller(is_door_open=is_open) for is_open in (True, False)]

    def both(self, work):
        for caller in self.callers:
            work(caller)

    def call(self, *request, **headers):
        """The status, and whether the plain door answered; both doors said the same and left the same rows."""
        answers = []
        for caller in self.callers:
            status, names, body = caller.call(*request, **headers)
            # User ids may differ in length, so the length is compared with the body it belongs to; HEAD has none.
            length = len(str(caller.user.pk)) if request[0] == "HEAD" else len(body.encode())
            names = [(name, int(value) - length if name == "Content-Length" else value) for name, value in names]
            answers.append((status, names, caller.without_ids(body)))
        assert answers[0] == answers[1]
        rows = [rows_of(caller.user) for caller in self.callers]
        assert rows[0] == rows[1]
        return answers[0][0], self.callers[0].is_fast
