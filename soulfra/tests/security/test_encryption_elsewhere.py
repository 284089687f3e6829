"""Before a shop goes live its owner hears of a database or a mail server that is reached in the clear."""

import pytest

from soulfra.checks import encryption_in_production

SMTP, CONSOLE = (f"django.core.mail.backends.{name}.EmailBackend" for name in ("smtp", "console"))


@pytest.fixture
def ids(settings, monkeypatch):
    """What is warned of in a shop that is set up so."""

    def found(host="", mode=None, mail="localhost", backend=SMTP, tls=False, ssl=False):
        monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
        monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"sslmode": mode} if mode else {})
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = backend, mail
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = tls, ssl
        return [check.id for check in encryption_in_production(None)]

    return found


@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1", "::1", "/run/postgresql", "db"])
def test_this_machine_and_its_containers_need_none(ids, host):
    assert ids(host=host, mail=host or "localhost") == []


@pytest.mark.parametrize("host", ["db.example.com", "10.0.0.7", "2001:db8::7"])
@pytest.mark.parametrize("mode", [None, "disable", "prefer", "require"])
def test_a_database_elsewhere_without_a_checked_certificate_is_warned_of(ids, host, mode):
    assert ids(host=host, mode=mode) == ["soulfra.W005"]


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_one_whose_certificate_is_checked_is_not(ids, mode):
    assert ids(host="db.example.com", mode=mode) == []


def test_a_mail_server_elsewhere_in_the_clear_is_warned_of(ids):
    assert ids(mail="mail.example.com") == ["soulfra.W006"]
    assert ids(mail="mail.example.com", tls=True) == ids(mail="mail.example.com", ssl=True) == []


def test_printed_emails_go_nowhere(ids):
    assert ids(mail="mail.example.com", backend=CONSOLE) == []


def test_development_needs_none(ids, settings):
    settings.DEBUG = True
    assert ids(host="db.example.com", mail="mail.example.com") == []
