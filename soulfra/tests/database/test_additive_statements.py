"""What migrations say in SQL of their own, and do in Python, is as additive as the rest.

Old code knows nothing of what happens to tables of the next release alone. To its own tables a statement may do what
it doesn't notice; what it might must be reviewed, once, with the reason; what changes their shape takes two releases.
"""

import ast
import inspect
import re
import sys
from typing import Any

import pytest
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader

from soulfra.testing.released import RELEASED, since_the_release

# Migrations that write rows of old tables, and why the code of the release before doesn't mind.
REVIEWED = {
    ("accounts", "0018_warn_of_keys_there_are"): "It fills a column that old code doesn't know.",
    ("memberships", "0011_links_of_invoices_stand_with_purchases"): "It fills two columns that old code doesn't know.",
    ("tokens", "0042_cards_to_forget_and_card_wishes"): "It moves rows between tables that old code doesn't know.",
    ("tokens", "0038_begin_alerts_and_counts"): "It fills columns that old code doesn't know.",
}
# Migrations that keep the rules of old tables in another way, and why they refuse nothing that was allowed.
SAME_RULES = {
    ("tokens", "0041_ask_the_rules_of_rows_in_less_time"): "A trigger and one check say what eleven checks said.",
}
UNNOTICED = re.compile(r"(CREATE INDEX|DROP INDEX|ANALYZE|COMMENT ON|SET LOCAL|SELECT)\b", re.IGNORECASE)
OTHER_SHAPE = re.compile(
    r"""\b(DROP\s(?!INDEX|CONSTRAINT|NOT\sNULL)|RENAME\b|TYPE\b|SET\sNOT\sNULL|UNIQUE\b|CHECK\b|REFERENCES\b|TRUNCATE\b
    |ADD\s(?!COLUMN)|ADD\sCOLUMN.*\sNOT\sNULL(?!.*\sDEFAULT\s)|CREATE\s(OR\sREPLACE\s)?(TRIGGER|RULE|POLICY)|REVOKE\b)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
STATEMENT = re.compile(
    r"""\s*((ALTER|DROP|TRUNCATE|CREATE(\sOR\sREPLACE)?(\sUNIQUE)?)\s+(TABLE|INDEX|TRIGGER|FUNCTION|VIEW|TYPE|SEQUENCE)
    |UPDATE\s.*\bSET|INSERT\s+(OR\s\w+\s+)?INTO|DELETE\s+FROM|TRUNCATE|REVOKE)\b""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


@pytest.fixture(scope="module")
def tables(loader):
    """Those that the code of the release knows, and those that are new to it."""
    old = tables_of(loader.project_state([*RELEASED.items()]))
    return old, tables_of(loader.project_state()) - old


def tables_of(state):
    return {model._meta.db_table for model in state.apps.get_models(include_auto_created=True)}


def flat(all_of_them):
    for each in all_of_them:
        yield from flat(each.database_operations) if isinstance(each, operations.SeparateDatabaseAndState) else [each]


def statements_in(operation):
    """What a RunSQL says, each statement by itself; of a RunPython, whatever in its module reads like one."""
    if isinstance(operation, operations.RunSQL):
        given = [operation.sql] if isinstance(operation.sql, str) else operation.sql
        texts = [each if isinstance(each, str) else each[0] for each in given]
        return [part.strip() for text in texts for part in text.split(";") if part.strip()]
    tree = ast.parse(inspect.getsource(sys.modules[operation.code.__module__]))
    parts = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values}
    texts = [text_of(each) for each in ast.walk(tree) if id(each) not in parts]
    return [text.strip() for text in texts if STATEMENT.match(text)]


def text_of(node):
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    if isinstance(node, ast.FormattedValue):
        return "…"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def noticed(operation, tables, *, is_reviewed, keeps_rules=False):
    """What old code would or might notice of a RunSQL or RunPython."""
    old, new = tables
    for statement in statements_in(operation):
        words = set(re.findall(r"\w+", statement))
        is_of_new_tables = bool(words & new) and not words & old
        if is_of_new_tables or keeps_rules or (UNNOTICED.match(statement) and not OTHER_SHAPE.search(statement)):
            continue
        if OTHER_SHAPE.search(statement):
            yield f"{statement[:80]}: it changes what old code stands on, which takes two releases"
        elif not is_reviewed:
            yield f"{statement[:80]}: say in REVIEWED why old code doesn't mind"
    if (
        isinstance(operation, operations.RunPython)
        and operation.code != operations.RunPython.noop
        and not (is_reviewed or keeps_rules)
    ):
        yield f"{operation.describe()}: say in REVIEWED why old code doesn't mind what it does"


def test_old_code_minds_nothing_that_migrations_say_and_do_themselves(loader, tables):
    complaints = [
        f"{each.app_label}.{each.name}: {complaint}"
        for each in since_the_release(loader)
        for operation in flat(each.operations)
        if isinstance(operation, operations.RunSQL | operations.RunPython)
        for complaint in noticed(
            operation,
            tables,
            is_reviewed=(each.app_label, each.name) in REVIEWED,
            keeps_rules=(each.app_label, each.name) in SAME_RULES,
        )
    ]
    assert complaints == []


def test_what_was_reviewed_is_of_this_release(loader):
    assert {*REVIEWED, *SAME_RULES} <= {(each.app_label, each.name) for each in since_the_release(loader)}


REVIEW, TWO_RELEASES = "say in REVIEWED", "takes two releases"


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("CREATE INDEX i ON purchases (id)", None),
        ("DROP INDEX i", None),
        ("ALTER TABLE ledger_checks DROP COLUMN findings", None),  # a table of the next release
        ("UPDATE purchases SET status = 'x'", REVIEW),
        ("UPDATE purchases SET price = (SELECT count(*) FROM ledger_checks)", REVIEW),
        ("insert into purchases (id) values (1)", REVIEW),
        ("ALTER TABLE daily_totals SET (fillfactor = 50)", REVIEW),
        ("ALTER TABLE purchases ADD COLUMN note text", REVIEW),
        ("ALTER TABLE purchases ADD COLUMN note text NOT NULL DEFAULT ''", REVIEW),
        ("ALTER TABLE purchases ADD COLUMN note text NOT NULL", TWO_RELEASES),
        ("ALTER TABLE purchases DROP COLUMN status", TWO_RELEASES),
        ("alter table purchases\n  rename column status to state", TWO_RELEASES),
        ("ALTER TABLE purchases ALTER COLUMN price TYPE text", TWO_RELEASES),
        ("ALTER TABLE purchases ALTER price SET NOT NULL", TWO_RELEASES),
        ("ALTER TABLE purchases ADD CONSTRAINT c CHECK (price > 0)", TWO_RELEASES),
        ("CREATE UNIQUE INDEX i ON purchases (price)", TWO_RELEASES),
        ("CREATE TRIGGER t BEFORE UPDATE ON purchases EXECUTE FUNCTION f()", TWO_RELEASES),
        ("DROP FUNCTION spend_in_one_trip", TWO_RELEASES),
        ("TRUNCATE purchases", TWO_RELEASES),
    ],
)
def test_the_rule_tells_statements_apart(tables, statement, complaint):
    ways: list[Any] = [statement, [statement], [(statement, None)], f"SELECT 1; {statement};"]
    for sql in ways:
        complaints = list(noticed(operations.RunSQL(sql), tables, is_reviewed=False))
        assert len(complaints) == bool(complaint)
        assert all(complaint in each for each in complaints)
    reviewed = list(noticed(operations.RunSQL(statement), tables, is_reviewed=True))
    assert len(reviewed) == (complaint == TWO_RELEASES)


def test_what_python_says_in_sql_is_judged_too(loader, tables):
    """By migrations of before the last release, which changed shapes and couldn't be done under old code."""
    kept = loader.disk_migrations["tokens", "0026_keep_the_rules"].operations
    dropped = loader.disk_migrations["tokens", "0023_drop_the_functions"].operations
    for migration, sentence in ((kept, "CREATE TRIGGER"), (dropped, "DROP FUNCTION")):
        (code,) = [each for each in flat(migration) if isinstance(each, operations.RunPython)]
        complaints = list(noticed(code, tables, is_reviewed=True))
        assert complaints
        assert all(sentence in each for each in complaints)
