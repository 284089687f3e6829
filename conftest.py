"""The ground every test stands on: an environment of its own, a database, people, and Chromium where a page is opened.

Plain `pytest` runs on SQLite; TEST_DATABASE_URL (or DATABASE_URL) names a PostgreSQL, which `./dev test` starts.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, connections
from django.test import TestCase, TransactionTestCase
from playwright.sync_api import Browser, BrowserContext

from devtools.testing import browser, environment, migrated, second_pass, servers
from devtools.testing.examples import tries

# Settings are read once, so all of this comes before anything may touch them.
_shared = os.environ.get("SOULFRA_TEST_DIRECTORY")  # xdist's workers share the directory of their controller
_directory = Path(_shared or tempfile.mkdtemp(prefix="soulfra-tests-"))
if not _shared:
    atexit.register(shutil.rmtree, _directory, ignore_errors=True)
    atexit.register(migrated.forget, _directory)
os.environ.update(
    environment.TESTS
    | {
        "DATABASE_URL": environment.database_url(),
        "DJANGO_SETTINGS_MODULE": "soulfra.settings",
        "MEDIA_ROOT": str(_directory / "media"),
        "SOULFRA_TEST_DIRECTORY": str(_directory),
    }
)
if settings.configured:
    pytest.exit("Django's settings were read before conftest.py could: unset DJANGO_SETTINGS_MODULE.", returncode=4)
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; nothing here is secret
settings.STORAGES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True  # nobody has run collectstatic
ON_POSTGRES = settings.DATABASES["default"]["ENGINE"] == "soulfra.postgresql"
if ON_POSTGRES:
    settings.DATABASES["default"]["ENGINE"] = "devtools.testing.database"
django.setup()
del os.environ["DJANGO_SETTINGS_MODULE"]  # xdist's workers inherit it, and would read the settings before conftest.py

IS_SECOND_PASS = "SOULFRA_SECOND_PASS" in os.environ  # devtools/testing/second_pass.py
# How long an example takes says nothing on a shared machine. Every run invents other examples, so that many runs find
# what one would not; a failure prints the blob that repeats it anywhere.
hypothesis.settings.register_profile("ours", deadline=None, max_examples=tries(100), print_blob=True)
hypothesis.settings.load_profile("ours")


DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "live_server",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
}


# --- which tests run where ---------------------------------------------------------


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """The second pass does not even read the files that it leaves out."""
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if IS_SECOND_PASS and is_test and not is_again_on_sqlite(collection_path) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what opens a browser, give transactional tests their shipped rows, leave out what SQLite cannot run, and
    start with the longest, so that no worker is left alone with one of them.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if "running_shop" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")
        if is_transactional(item):
            restore_shipped_rows(item)
    if not ON_POSTGRES:
        wanted = [item for item in items if not needs_postgres(item)]
        if IS_SECOND_PASS:
            wanted = [item for item in wanted if uses_database(item)]
        config.hook.pytest_deselected(items=[*{*items} - {*wanted}])
        items[:] = wanted
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def is_transactional(item: pytest.Item) -> bool:
    """True for a test that commits for real: threads, a live server, TransactionTestCase."""
    cls = getattr(item, "cls", None)
    if cls and issubclass(cls, TransactionTestCase):
        return not issubclass(cls, TestCase)
    marker = item.get_closest_marker("django_db")
    return bool(
        {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        or (marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)))
    )


def restore_shipped_rows(item: pytest.Item) -> None:
    """Such a test empties every table at its end; the rows that migrations ship are put back before the next one."""
    cls = getattr(item, "cls", None)
    if cls and issubclass(cls, TransactionTestCase):
        cls.serialized_rollback = True
        return
    marker = item.get_closest_marker("django_db")
    given = marker.kwargs if marker else {}
    wanted = {**given, "transaction": True, "serialized_rollback": True}
    item.add_marker(pytest.mark.django_db(**wanted), append=False)


def needs_postgres(item: pytest.Item) -> bool:
    return is_transactional(item) or any(item.get_closest_marker(name) for name in ("postgres", "browser"))


def is_again_on_sqlite(path: Path) -> bool:
    return any(path.match(pattern) for pattern in second_pass.AGAIN_ON_SQLITE)


def uses_database(item: Any) -> bool:
    return bool(DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Each worker's database begins as a copy of one in which every migration has run."""
    test = settings.DATABASES["default"].setdefault("TEST", {})
    if ON_POSTGRES:
        test["TEMPLATE"] = migrated.template()
    else:
        path = _directory / f"tests-{os.getpid()}.db"
        migrated.new_sqlite(path)
        test["NAME"] = str(path)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """The copy is not to be emptied; its directory goes with the run."""
    return django_db_keepdb or not ON_POSTGRES


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Lets every connection know the shipped rows: while Playwright runs, Django gives this thread other ones."""
    shipped = getattr(connections["default"], "_test_serialized_contents", None)
    if shipped is not None:
        type(connections["default"])._test_serialized_contents = shipped  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def books(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, the ledger is right afterwards; `breaks_the_books` marks those that plant what is not, and
    there the quick question must find what the audit finds.

    The second pass does without, which saves a fifth: the same tests have left the same books on PostgreSQL.
    """
    node = request.node
    if IS_SECOND_PASS or not uses_database(node):
        yield
        return
    request.getfixturevalue("db")
    yield
    if not connection.needs_rollback:
        from tokens.reports.audit import audit
        from tokens.testing import books

        assert books.findings() == (audit() if node.get_closest_marker("breaks_the_books") else [])


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    """No test is throttled by what an earlier one did: user ids repeat after a rollback."""
    from accounts.throttling import buckets

    buckets.clear()


# --- people --------------------------------------------------------------------------


@pytest.fixture
def alice(db: None) -> Any:
    """A customer: the one who acts."""
    from devtools.testing.factories import UserFactory

    return UserFactory.create(username="alice")


@pytest.fixture
def bob(db: None) -> Any:
    """Another customer: who must not see what is alice's."""
    from devtools.testing.factories import UserFactory

    return UserFactory.create(username="bob")


@pytest.fixture
def staff(db: None) -> Any:
    """A member of staff who may do everything."""
    from devtools.testing.factories import StaffFactory

    return StaffFactory.create(username="staff")


# --- the shop on a real server -------------------------------------------------------


@pytest.fixture(scope="session", params=["run", "serve"])
def running_shop(request: pytest.FixtureRequest) -> Iterator[servers.RunningShop]:
    """The shop on the server of `./dev run` with SQLite, then on that of `./dev serve` with PostgreSQL."""
    with servers.usual_database(request.param) as database, servers.running(request.param, database) as shop:
        yield shop


# --- the browser ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of this machine. Playwright's event loop stays in this thread, where Django would refuse queries."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = browser.find_browser()
    ours = {"args": ["--disable-dev-shm-usage"], **({"executable_path": path} if path else {})}
    return {**browser_type_launch_args, **ours}


@pytest.fixture(scope="session")
def only_context(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    with browser.new_context(**browser_context_args) as context:
        yield context


@pytest.fixture
def context(only_context: BrowserContext) -> Iterator[BrowserContext]:
    """The same for every test, since one with an empty cache loads each style and script again; nobody is signed in."""
    yield only_context
    for page in only_context.pages:
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear()")
        page.close()
    only_context.clear_cookies()


@pytest.fixture(autouse=True)
def quick_worker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Emails that open accounts are sent as soon as they are queued, as by a worker that waits for them; a test marked
    `slow_worker` sends its own.
    """
    from accounts.sign_in import emails
    from tokens.emails import account_emails

    def put(message: EmailMessage, good_for: timedelta) -> None:
        account_emails.put(message, good_for)
        account_emails.send_next()

    if request.node.get_closest_marker("slow_worker") is None:
        monkeypatch.setattr(emails.delivers, "functions", [put])
