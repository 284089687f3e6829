"""Which limits a process has towards PostgreSQL, and what a shop behind a pooler leaves to the pooler."""

import os
import subprocess
import sys

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from devtools.testing import environment
from devtools.venv import ROOT
from soulfra import databases
from soulfra.checks import encryption_in_production, one_of_several_servers

PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
PREPARED = {"server_side_binding": True, "prepare_threshold": 2}
LIMITS = "-c statement_timeout=30000 -c lock_timeout=5000"


def read(monkeypatch, **variables):
    """The settings of every process, and what differs in those of the web."""
    env = environ.Env()
    given = {"DATABASE_URL": "postgres://u:p@db/soulfra", "WEB_DATABASE_URL": "", **variables}
    for name in ("STARTUP_OPTIONS", "SERVER_SIDE_CURSORS", "PREPARED_STATEMENTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    shared = databases.for_every_process(env, default="")
    return shared, databases.for_web_processes(env, shared)


def test_only_web_processes_have_limits_on_statements_and_locks(monkeypatch):
    shared, web = read(monkeypatch)
    assert shared["OPTIONS"] == PATIENCE | PREPARED
    assert web == {"OPTIONS": {**PATIENCE, **PREPARED, "options": LIMITS, "give_up_after": 33}}
    assert shared["DISABLE_SERVER_SIDE_CURSORS"] is False


def test_each_limit_is_a_setting_and_0_is_none(monkeypatch):
    changed = {"CONNECT": "2", "TCP": "3", "STATEMENT": "0.5", "LOCK": "0"}
    shared, web = read(monkeypatch, **{f"DATABASE_{name}_SECONDS": value for name, value in changed.items()})
    assert (shared["OPTIONS"]["connect_timeout"], shared["OPTIONS"]["tcp_user_timeout"]) == (2, 3000)
    assert (web["OPTIONS"]["options"], web["OPTIONS"]["give_up_after"]) == ("-c statement_timeout=500", 3.5)
    none = {f"DATABASE_{name}_SECONDS": "0" for name in changed}
    shared, web = read(monkeypatch, **none)
    assert shared["OPTIONS"] == web["OPTIONS"] == PREPARED


@pytest.mark.parametrize("name", ["CONNECT", "TCP", "STATEMENT", "LOCK"])
@pytest.mark.parametrize("value", ["-1", "soon", "nan", "inf", "", "5s"])
def test_nonsense_is_refused_in_a_sentence(monkeypatch, name, value):
    setting = f"DATABASE_{name}_SECONDS"
    if not value:  # an empty setting is none
        assert read(monkeypatch, **{setting: value}) == read(monkeypatch)
        return
    with pytest.raises(
        ImproperlyConfigured, match=f"{setting} is '{value}': set a number of seconds, or 0 for no limit"
    ):
        read(monkeypatch, **{setting: value})


def test_what_the_address_says_itself_counts(monkeypatch):
    address = "postgres://u:p@db/soulfra?connect_timeout=9&options=-c%20lock_timeout%3D1s"
    shared, web = read(monkeypatch, DATABASE_URL=address)
    assert shared["OPTIONS"]["connect_timeout"] == 9
    assert web["OPTIONS"]["options"] == f"{LIMITS} -c lock_timeout=1s"  # PostgreSQL takes the last one


def test_behind_a_pooler_web_processes_go_there_and_send_no_limits(monkeypatch):
    pooler = "postgres://w:q@127.0.0.1:6432/soulfra_web"
    shared, web = read(monkeypatch, WEB_DATABASE_URL=pooler, STARTUP_OPTIONS="false", SERVER_SIDE_CURSORS="false")
    assert (shared["HOST"], shared["DISABLE_SERVER_SIDE_CURSORS"]) == ("db", True)
    assert (web["HOST"], web["PORT"], web["NAME"], web["USER"]) == ("127.0.0.1", 6432, "soulfra_web", "w")
    assert web["OPTIONS"] == {**PATIENCE, **PREPARED, "give_up_after": 33}


def test_cursors_follow_prepared_statements_unless_told(monkeypatch):
    shared, _ = read(monkeypatch, PREPARED_STATEMENTS="false")
    assert (shared["DISABLE_SERVER_SIDE_CURSORS"], shared["OPTIONS"]) == (True, PATIENCE)
    shared, _ = read(monkeypatch, PREPARED_STATEMENTS="false", SERVER_SIDE_CURSORS="true")
    assert shared["DISABLE_SERVER_SIDE_CURSORS"] is False


def test_sqlite_has_none_of_this(monkeypatch):
    shared, web = read(monkeypatch, DATABASE_URL="sqlite:////tmp/shop.db")
    assert (set(shared["OPTIONS"]), web) == ({"transaction_mode", "timeout", "init_command"}, {})


@pytest.mark.parametrize(
    "address",
    [
        "postgres://u:p@db1:5432,db2:5433/soulfra",
        "postgres://u:p@db1,db2/soulfra?target_session_attrs=any",
        "postgres://u:p@/soulfra?host=/run/one,/run/two",
    ],
)
@pytest.mark.parametrize("setting", ["DATABASE_URL", "WEB_DATABASE_URL"])
def test_several_servers_without_a_word_which_are_refused(settings, monkeypatch, setting, address):
    default, settings.WEB_DATABASE = read(monkeypatch, **{setting: address})
    monkeypatch.setitem(settings.DATABASES, "default", default)
    assert [(check.id, check.msg.split()[0]) for check in one_of_several_servers(None)] == [("soulfra.E050", setting)]
    separator = "&" if "?" in address else "?"
    good = (
        address.replace("=any", "=read-write")
        if "=any" in address
        else f"{address}{separator}target_session_attrs=read-write"
    )
    default, settings.WEB_DATABASE = read(monkeypatch, **{setting: good})
    monkeypatch.setitem(settings.DATABASES, "default", default)
    assert one_of_several_servers(None) == []


@pytest.mark.parametrize(
    "address", ["postgres://u:p@127.0.0.1:1,10.0.0.7:2/soulfra", "postgres://u:p@/soulfra?host=10.0.0.7"]
)
@pytest.mark.parametrize("setting", ["DATABASE_URL", "WEB_DATABASE_URL"])
def test_each_of_them_is_looked_at_for_encryption(settings, monkeypatch, setting, address):
    default, settings.WEB_DATABASE = read(monkeypatch, **{setting: address})
    monkeypatch.setitem(settings.DATABASES, "default", default)
    assert [check.msg.split()[0] for check in encryption_in_production(None) if check.id == "soulfra.W005"] == [setting]


def test_any_server_of_the_wsgi_application_has_the_limits():
    env = {**os.environ, **environment.TESTS, "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none"}
    look = "import soulfra.wsgi; from django.db import connection as c; print(c.settings_dict['OPTIONS']['options'])"
    command = [sys.executable, "-c", look]
    assert subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True).stdout.strip() == LIMITS
