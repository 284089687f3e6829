"""A kept connection to PostgreSQL: tried without a question, and made anew when the server has hung up."""

import threading

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.backends.postgresql import base
from django.test import RequestFactory

from accounts import api_keys

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def served(alice, monkeypatch):
    """Asks for the balance as a web server does, in a thread that keeps its connection; the status, then questions."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)
    application, asked = get_wsgi_application(), []
    ask = base.DatabaseWrapper.is_usable

    def is_usable(self):
        asked.append(self)
        return ask(self)

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", is_usable)
    headers = {"Authorization": f"Bearer {api_keys.issue(alice, name='CI')[1]}"}

    def call():
        environ = RequestFactory().get("/api/tokens/balance", headers=headers).environ
        seen = []

        def start_response(status, headers, exc_info=None):
            seen.append(status)
            return seen.append

        response = application(environ, start_response)
        response.close()
        return seen[0], connection.connection and connection.connection.info.backend_pid, len(asked)

    def in_a_thread(*steps):
        outcomes: list[tuple[str, int, int]] = []

        def run():
            connection.settings_dict["CONN_MAX_AGE"] = 600
            try:
                outcomes.extend((step or call)() for step in steps)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return outcomes

    return in_a_thread


def test_requests_share_a_connection_and_ask_the_server_nothing(served):
    first, second, third = served(None, None, None)
    assert first == second == third
    assert first[0] == "200 OK"
    assert (first[1] is not None, first[2]) == (True, 0)


def test_a_connection_that_the_server_closed_is_made_anew_and_no_request_fails(served):
    def hang_up():
        pid = connection.connection.info.backend_pid
        killer = threading.Thread(target=terminate, args=[pid])
        killer.start()
        killer.join()

    first, _, second = served(None, hang_up, None)
    assert (first[0], second[0]) == ("200 OK", "200 OK")
    assert first[1] != second[1]


def terminate(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    connection.close()
