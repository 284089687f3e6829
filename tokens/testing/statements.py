"""Whether a customer's statement is right: it adds up, follows from line to line, and reads the same in pieces."""

from itertools import pairwise

from tokens.ledger.wallet import read_wallet
from tokens.reports.statement.folding import fold
from tokens.reports.statement.read import read_statement

EVERYTHING = 100_000


def whole_statement(user_id):
    return read_statement(user_id, limit=EVERYTHING)


def pages_of(user_id, *, limit, **asked):
    """Every page of a statement, the newest first."""
    pages = [read_statement(user_id, limit=limit, **asked)]
    while pages[-1].next:
        pages.append(read_statement(user_id, limit=limit, after=pages[-1].next, **asked))
    return pages


def assert_statement_adds_up(user_id):
    """From nothing to the balance, each line from the one before it; in pages and at any moment in between, too."""
    whole = whole_statement(user_id)
    lines, balance = whole.lines, read_wallet(user_id).balance
    assert (whole.opening_balance, whole.closing_balance, whole.next) == (0, balance, None)
    assert sum(line.tokens for line in lines) == balance
    follows = 0
    for line in reversed(lines):
        follows += line.tokens
        assert line.balance_after == follows, line
    assert len({line.id for line in lines}) == len(lines)
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    pages = pages_of(user_id, limit=max(1, len(lines) // 2))
    assert [line for page in pages for line in page.lines] == lines
    assert {(page.opening_balance, page.closing_balance) for page in pages} == {(0, balance)}
    assert_rows_add_up([row for page in pages for row in fold(page.lines)], opening=0, closing=balance)
    if lines:
        assert_adds_up_in_parts(user_id, lines, at=lines[len(lines) // 2].at)


def assert_rows_add_up(rows, *, opening, closing):
    """What a page shows, folded: each row's balance is that of the row below and its own tokens."""
    assert [row.balance_after for row in rows[:1]] in ([], [closing])
    for row, below in pairwise(rows):
        assert row.balance_after == below.balance_after + row.tokens, row
    assert [row.balance_after - row.tokens for row in rows[-1:]] in ([], [opening])


def assert_adds_up_in_parts(user_id, lines, *, at):
    """What was before a moment and what came from then on are the whole."""
    before, since = (read_statement(user_id, limit=EVERYTHING, **asked) for asked in ({"until": at}, {"since": at}))
    assert since.lines + before.lines == lines
    assert all(line.at >= at for line in since.lines)
    assert all(line.at < at for line in before.lines)
    assert before.closing_balance == since.opening_balance == sum(line.tokens for line in before.lines)
