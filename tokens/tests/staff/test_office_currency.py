"""Money in another currency in the back office: what Stripe said, what counts, what waits, and the button for it."""

import pytest

from tokens.admin.stating import StateDisputeForm
from tokens.models import Dispute, Purchase, Refund, StaffAct
from tokens.testing.foreign_news import decided, disputed, given_back
from tokens.testing.ledger_rows import assert_books_are_right, figures
from tokens.testing.office import hire, looked_at, page, press, told, words

pytestmark = pytest.mark.django_db


def listed(client, model):
    return words(client.get(page(model, "changelist"), {"needs_amount": "yes"}))


def test_a_related_dispute_says_both_and_has_no_button(client, sandbox, bought):
    disputed(sandbox, bought, settled="usd:4000")
    text = looked_at(client, Dispute.objects.get(), role="finance")
    assert "€36.80" in text
    assert "$40.00 withdrawn, $40.00 not reinstated" in text
    assert "Enter amount" not in text
    assert "€36.80" not in listed(client, "tokens_dispute")


def test_a_dispute_that_needs_an_amount_is_in_the_queue_with_its_reason_and_finance_state_what_it_comes_to(
    client, sandbox, alice, bought
):
    decided(sandbox, bought, disputed(sandbox, bought), won=False)
    row = Dispute.objects.get()
    assert "Enter amount" not in looked_at(client, row, role="support")
    text = looked_at(client, row, role="finance")
    assert "Needs amount: lost" in text
    assert "Stripe&#x27;s figures do not say how much of the $40.00 paid that is." in text
    assert "€36.80" in listed(client, "tokens_dispute")
    answers = press(client, page("tokens_dispute", "state_amount", row.pk), money="40.00")
    assert set(told(answers[-1])) == {"$40.00 recorded."}
    assert (StaffAct.objects.count(), figures(alice)) == (1, (0, 0, 0))
    assert "€36.80" not in listed(client, "tokens_dispute")
    assert "finance" in looked_at_again(client, row)
    assert_books_are_right()


def test_the_dialog_says_what_was_paid_also_where_that_was_nothing(sandbox, bought):
    disputed(sandbox, bought)
    row = Dispute.objects.get()
    for paid, said in [(4000, "$40.00"), (2000, "$20.00"), (0, "$0.00")]:
        Purchase.objects.update(paid_cents=paid)
        assert StateDisputeForm.facts(StateDisputeForm.__new__(StateDisputeForm), row.pk)["Paid"] == said
    Purchase.objects.update(paid_cents=4000)


def looked_at_again(client, row):
    return words(client.get(page(row._meta.label_lower.replace(".", "_"), "change", row.pk)))


def test_more_than_was_paid_is_refused_with_a_sentence(client, sandbox, alice, bought):
    disputed(sandbox, bought)
    client.force_login(hire("finance"))
    (answer,) = press(client, page("tokens_dispute", "state_amount", Dispute.objects.get().pk), times=1, money="40.01")
    assert told(answer) == ["Enter an amount from $0.00 to $40.00, in USD."]
    assert figures(alice) == (500, 500, 0)


def test_a_refund_that_needs_an_amount_is_listed_and_stated(client, sandbox, alice, bought):
    given_back(sandbox, bought, 920, settled="usd:1000")
    row = given_back(sandbox, bought, 8, currency="chf", settled="chf:8")
    client.force_login(hire("finance"))
    assert "€9.20 ($10.00)" in words(client.get(page("tokens_refund", "changelist")))
    assert "0.08 CHF, needs amount" in listed(client, "tokens_refund")
    press(client, page("tokens_refund", "state_amount", row.pk), money="0.10")
    assert "0.08 CHF ($0.10)" in looked_at_again(client, Refund.objects.get(pk=row.pk))
    assert figures(alice) == (374, 0, 374)
