"""A customer's statement: every movement of tokens has its line, says what it was, and the balances add up."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from tokens.catalog import get_catalog
from tokens.ledger.due import apply_due_everywhere
from tokens.models import LedgerEntry, Mail, TokenUsage
from tokens.models.grant import TOLD_REASONS
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.reports.statement.read import read_statement
from tokens.spending.holds import capture, hold, hold_many_at, release
from tokens.spending.spends import spend, spend_many
from tokens.staff.acts import DEDUCT_REASONS, GRANT_REASONS, Why, who_sees
from tokens.staff.grants import deduct, grant
from tokens.testing.hold_states import later
from tokens.testing.ledger_rows import buy, make_lot, post
from tokens.testing.office import hire
from tokens.testing.reversal_rows import dispute, refund, undo
from tokens.testing.statements import assert_statement_adds_up, pages_of, whole_statement

pytestmark = pytest.mark.django_db


def lines_of(user, **asked):
    """(kind, description, tokens, amount) of each line, the oldest first; the whole adds up."""
    assert_statement_adds_up(user.pk)
    lines = read_statement(user.pk, limit=1000, **asked).lines
    return [(line.kind, line.description, line.tokens, line.amount_cents) for line in reversed(lines)]


def test_nothing_has_happened_yet(alice):
    found = whole_statement(alice.pk)
    assert (found.lines, found.opening_balance, found.closing_balance, found.next) == ([], 0, 0, None)


def test_a_purchase_a_grant_a_spend_and_a_deduction_have_a_line_each(alice):
    buy(alice.pk, "pro")
    grant(alice, tokens=20, reason="for your patience, you angry man", by=None)
    spend(alice, "ai_analysis", metadata={"domain": "ocean-dreams.com"})
    deduct(alice, tokens=3, reason="wrong", by=None)
    assert lines_of(alice) == [
        ("purchase", "Pro Pack: 500 tokens", 500, 4000),
        ("grant", "Tokens granted", 20, None),
        ("spend", "Analyses, ocean-dreams.com", -5, None),
        ("deduction", "Tokens deducted", -3, None),
    ]


def test_the_reason_that_staff_chose_is_told_and_their_note_is_not(alice):
    support = hire("support", username="sam")
    given = {"Goodwill": "granted (goodwill)", "Service issue": "granted (service issue)", "Other": "granted"}
    taken = {"Requested by customer": "deducted (at your request)", "Correction": "deducted (correction)"}
    for reason in given:
        grant(alice, tokens=20, reason=Why(support, reason, "an angry man").text, by=support)
    for reason in [*taken, "Abuse", "Goodwill gestures"]:
        deduct(alice, tokens=3, reason=Why(support, reason, "an angry man").text, by=support)
    said = [description for _, description, *_ in lines_of(alice)]
    assert said == [f"Tokens {words}" for words in [*given.values(), *taken.values(), "deducted", "deducted"]]
    mails = [(mail.text, mail.html) for mail in Mail.objects.order_by("pk")]
    assert ["Reason: " in text for text, _ in mails] == ["Reason: " in html for _, html in mails]
    assert ["Reason: goodwill." in text for text, _ in mails] == [True] + [False] * 6
    assert "Reason: at your request." in mails[3][0]
    assert not any("angry" in part for mail in mails for part in mail)


@pytest.mark.parametrize("reasons", [GRANT_REASONS, DEDUCT_REASONS])
def test_forms_say_which_reasons_the_customer_sees(reasons):
    assert {reason for reason in reasons if f"“{reason}”" in who_sees(reasons)} == {*reasons} - TOLD_REASONS.keys()


def test_a_line_is_the_same_before_and_after_its_spend_is_posted(alice):
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(3):
        spend(alice, "import_domain")
    before = whole_statement(alice.pk)
    post(alice)
    assert LedgerEntry.objects.filter(kind="spend").exists()
    assert whole_statement(alice.pk) == before
    assert_statement_adds_up(alice.pk)


def test_granted_tokens_that_expire_have_a_line(alice):
    at = timezone.now() + timedelta(days=1)
    grant(alice, tokens=20, reason="a gift", by=None, expires_at=at)
    grant(alice, tokens=5, reason="a gift", by=None, expires_at=at + timedelta(hours=1))
    with later(minutes=60 * 24 + 120):
        apply_due_everywhere()
    kinds = [(kind, tokens) for kind, _, tokens, _ in lines_of(alice)]
    assert kinds == [("grant", 20), ("grant", 5), ("expiry", -20), ("expiry", -5)]
    assert lines_of(alice, kind="expiry")[0][1].startswith("Expired: 20 tokens granted on ")


def test_holds_say_what_became_of_them(alice):
    grant(alice, tokens=100, reason="a gift", by=None)
    captured, released, _ = (hold(alice, "data_export", tokens=20) for _ in range(3))
    capture(captured, tokens=15)
    release(released)
    with later(minutes=61):
        apply_due_everywhere()
    assert [line[:3] for line in lines_of(alice)][1:] == [
        ("spend", "Data exports", -20),
        ("hold", "Put on hold: Data exports", -20),
        ("hold", "Put on hold: Data exports", -20),
        ("release", "Not needed, returned: Data exports", 5),
        ("release", "Returned: Data exports", 20),
        ("release", "Hold expired, returned: Data exports", 20),
    ]


def test_every_spent_token_is_a_spend_whether_it_was_put_on_hold_before_or_not(alice):
    grant(alice, tokens=100, reason="a gift", by=None)
    for action in ("data_export", "import_domain", "data_export"):
        spend(alice, "import_domain")
        capture(hold(alice, action, tokens=4))
        release(hold(alice, action, tokens=3))
        hold(alice, action, tokens=2)
    spent = [line for page in pages_of(alice.pk, limit=1, kind="spend") for line in page.lines]
    assert [line.tokens for line in reversed(spent)] == [-1, -4] * 3
    assert sum(line.tokens for line in spent) == -TokenUsage.objects.spent().aggregate(sum=Sum("tokens_spent"))["sum"]
    assert [line[2] for line in lines_of(alice, kind="hold")] == [-3, -2] * 3
    assert {line.kind for line in spent} == {"spend"}


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"file": "names.csv"}, "Domain imports from names.csv"),
        ({"file": "names.csv", "domains": 1}, "Domain imports from names.csv (1 domain)"),
        ({"file": "{}.csv", "domains": 1200}, "Domain imports from {}.csv (1,200 domains)"),
        ({"file": "names.csv", "domains": "many"}, "Domain imports from names.csv"),
        ({"file": "a\nb", "domains": 2}, "Domain imports"),
        ({"file": ["names.csv"], "domains": True}, "Domain imports"),
        ({"domains": 2}, "Domain imports"),
    ],
)
def test_what_was_spent_on_a_file_names_it(alice, metadata, said):
    grant(alice, tokens=10, reason="a gift", by=None)
    capture(hold(alice, "import_domain", metadata=metadata))
    spend(alice, "import_domain", metadata=metadata)
    assert [line[:2] for line in lines_of(alice)][1:] == [("spend", said)] * 2


def test_an_event_that_takes_from_many_lots_is_one_line(alice):
    for _ in range(4):
        grant(alice, tokens=10, reason="a gift", by=None)
    held = hold(alice, "data_export", tokens=35)
    release(held)
    deduct(alice, tokens=25, reason="wrong", by=None)
    assert [tokens for *_, tokens, _ in lines_of(alice)] == [10, 10, 10, 10, -35, 35, -25]
    assert LedgerEntry.objects.filter(kind="hold").count() == 4


def test_holds_made_together_stand_in_their_order(alice):
    cost = get_catalog().cost("data_export")
    simulate_token_purchase(alice.pk, "pro")
    spend_many(alice, [("import_domain", {}), ("ai_analysis", {})])
    usages = hold_many_at(alice.pk, [(cost, tokens, {}) for tokens in (1, 2, 3)])
    spend(alice, "import_domain")
    assert [tokens for *_, tokens, _ in lines_of(alice)] == [500, -1, -5, -1, -2, -3, -1]
    assert TokenUsage.objects.holds().count() == len(usages) == 3


def test_what_returns_to_an_expired_lot_has_two_lines(alice):
    make_lot(alice, tokens=10, expires_at=timezone.now() + timedelta(minutes=30))
    hold(alice, "data_export", tokens=8)
    with later(minutes=61):
        apply_due_everywhere()
    assert [(kind, tokens) for kind, _, tokens, _ in lines_of(alice)] == [
        ("purchase", 10),
        ("hold", -8),
        ("release", 8),
        ("expiry", -8),
        ("expiry", -2),
    ]


def test_a_refund_takes_its_tokens_and_shows_its_money(alice):
    purchase = buy(alice.pk, "pro")
    row = refund(purchase, 2000)
    assert lines_of(alice)[1:] == [("refund", "Refund: Pro Pack", -250, -2000)]
    undo(row)
    assert lines_of(alice)[2:] == [("return", "Refund undone: Pro Pack", 250, 2000)]


def test_a_dispute_is_told_from_a_refund_of_the_same_purchase(alice):
    purchase = buy(alice.pk, "pro")
    refund(purchase, 1000)
    dispute(purchase, withdrawn_cents=2000)
    assert lines_of(alice)[1:] == [
        ("refund", "Refund: Pro Pack", -125, -1000),
        ("dispute", "Dispute: Pro Pack", -250, -2000),
    ]
    assert [kind for kind, *_ in lines_of(alice, kind="dispute")] == ["dispute"]


def test_a_refund_of_what_is_spent_goes_below_zero_and_its_debt_is_in_the_line(alice):
    purchase = buy(alice.pk, "starter")
    hold_all = hold(alice, "data_export", tokens=100)
    capture(hold_all)
    row = refund(purchase, 1000)  # nothing is left to take: no entry at all
    assert not LedgerEntry.objects.filter(kind="reverse").exists()
    assert lines_of(alice)[-1] == ("refund", "Refund: Starter Pack", -100, -1000)
    assert whole_statement(alice.pk).closing_balance == -100
    buy(alice.pk, "starter")  # which the debt takes at once
    undo(row)  # what had been repaid comes back as a lot of its own
    assert lines_of(alice)[-2:] == [
        ("purchase", "Starter Pack: 100 tokens", 100, 1000),
        ("return", "Refund undone: Starter Pack", 100, 1000),
    ]


def test_a_test_purchase_shows_no_money(alice):
    refund(simulate_token_purchase(alice.pk, "pro"), 4000)
    assert [amount for *_, amount in lines_of(alice)] == [None, None]


def test_what_happens_between_two_pages_neither_repeats_nor_hides_a_line(alice):
    simulate_token_purchase(alice.pk, "pro")
    for _ in range(5):
        spend(alice, "import_domain")
    known = whole_statement(alice.pk)
    first = read_statement(alice.pk, limit=2)
    spend(alice, "import_domain")
    post(alice)
    release(hold(alice, "data_export"))
    second = read_statement(alice.pk, limit=2, after=first.next)
    grant(alice, tokens=7, reason="a gift", by=None)
    third = read_statement(alice.pk, limit=100, after=second.next)
    assert first.lines + second.lines + third.lines == known.lines
    assert {(page.opening_balance, page.closing_balance) for page in (first, second, third)} == {(0, 495)}
    assert third.next is None


@pytest.mark.parametrize("kind", ["purchase", "grant", "deduction", "spend", "hold", "release", "refund", "expiry"])
def test_one_kind_is_read_alone_with_the_balances_of_all(alice, kind):
    a_bit_of_everything(alice)
    whole = whole_statement(alice.pk)
    expected = [line for line in whole.lines if line.kind == kind]
    assert len(expected) >= 1
    pages = pages_of(alice.pk, limit=1, kind=kind)
    assert [line for page in pages for line in page.lines] == expected
    assert {page.closing_balance for page in pages} == {whole.closing_balance}


def a_bit_of_everything(user):
    grant(user, tokens=20, reason="a gift", by=None, expires_at=timezone.now() + timedelta(minutes=10))
    purchase = buy(user.pk, "pro")
    for _ in range(2):
        spend(user, "import_domain")
        release(hold(user, "data_export"))
        capture(hold(user, "data_export"), tokens=1)
    refund(purchase, 1000)
    deduct(user, tokens=1, reason="wrong", by=None)
    with later(minutes=20):
        apply_due_everywhere()
