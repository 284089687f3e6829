"""python -m stripe_sandbox: everything that happens after a payment."""

import re

import pytest

from stripe_sandbox.testing import Refused, pay
from stripe_sandbox.tests.support.actors import order
from stripe_sandbox.tests.support.plans import membership, plan
from stripe_sandbox.tests.support.terminal import say


@pytest.fixture
def intent(client) -> str:
    return pay(client.v1.checkout.sessions.create(params=order()).id)["payment_intent"]


def last(said: str) -> str:
    return said.splitlines()[-1]


def test_a_bank_payment_is_sent_off_and_settled_or_bounced(client) -> None:
    one, two = (client.v1.checkout.sessions.create(params=order()).id for _ in range(2))

    for session in (one, two):
        said = say("pay", session, "--bank", "000123456789")
        assert said.startswith(f"Sent off {session} $40.00 from bank account 6789: complete/unpaid.\npi_")
    assert say("settle", one) == f"Settled {one}: complete/paid.\n"
    assert say("bounce", last(said)) == f"Bounced {two}: complete/unpaid.\n"
    with pytest.raises(Refused, match="has no bank payment on its way"):
        say("settle", two)


def test_a_card_is_saved_renewed_and_asked_about_in_the_terminal(client) -> None:
    customer = client.v1.customers.create(params={}).id
    wanted = {"mode": "setup", "currency": "usd", "customer": customer, "success_url": "http://127.0.0.1:9/"}
    session = client.v1.checkout.sessions.create(wanted)
    said = say("pay", session.id, "--card", "4000002760003184")
    assert said == f"Saved a card in {session.id}: complete.\n{session.setup_intent}\n"
    (method,) = client.v1.payment_methods.list({"customer": customer}).data
    words = ("--exp-month", "3", "--exp-year", "2044")
    assert say("renew-card", method.id, *words) == f"{method.id}: card 3184 is good until 03 / 2044.\n"

    there = {"amount": 900, "currency": "usd", "customer": customer, "payment_method": method.id, "confirm": True}
    one, two = (client.v1.payment_intents.create({**there, "return_url": "http://127.0.0.1:9/"}).id for _ in range(2))
    assert say("authenticate", one) == f"{one}: succeeded.\n"
    assert say("authenticate", two, "--fail") == f"{two}: requires payment method.\n"
    with pytest.raises(Refused, match="does not wait for the bank"):
        say("authenticate", one)
    with pytest.raises(Refused, match="No such payment_intent"):
        say("authenticate", session.id)


def test_a_refund_prints_its_id_last(client, intent: str) -> None:
    said = say("refund", intent, "--amount", "1500")

    assert said.startswith(f"Refunded $15.00 of {intent}: succeeded.\n")
    refund = client.v1.refunds.retrieve(last(said))
    assert (refund.amount, refund.metadata.to_dict()) == (1500, {})
    assert say("fail-refund", refund.id) == f"Failed $15.00 of {intent}: failed.\n{refund.id}\n"
    assert client.v1.refunds.retrieve(last(say("refund", intent))).amount == 4000


@pytest.mark.parametrize("verb", ["refund", "dispute", "warn", "convert"])
def test_a_payment_is_named_by_its_session_its_intent_or_its_charge(client, verb: str) -> None:
    words = ("--presented", "eur:3680") if verb == "convert" else ()
    for place in range(3):
        session = client.v1.checkout.sessions.create(params=order())
        intent = last(say("pay", session.id))
        charge = client.v1.payment_intents.retrieve(intent).latest_charge
        assert intent in say(verb, (session.id, intent, charge)[place], *words)


def test_a_payment_of_a_subscription_is_named_by_its_session_or_its_invoice(client) -> None:
    session = client.v1.checkout.sessions.create(params=membership(plan(client)))
    intent = last(say("pay", session.id))
    invoice = client.v1.checkout.sessions.retrieve(session.id).invoice

    for named in (session.id, invoice, intent):
        assert say("refund", named, "--amount", "100").startswith(f"Refunded $1.00 of {intent}: succeeded.\n")
    with pytest.raises(Refused, match=rf"^PaymentIntent {intent} \(succeeded\) has no bank payment on its way"):
        say("settle", intent)


def test_what_was_not_paid_yet_says_so(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())

    with pytest.raises(Refused, match=f"^Nothing has been paid with {session.id} yet"):
        say("refund", session.id)


def test_slow_refunds_are_settled_and_canceled(client) -> None:
    session = client.v1.checkout.sessions.create(params=order())
    intent = pay(session.id, card="4000000000007726")["payment_intent"]
    one, two = (last(say("refund", intent, "--amount", "100")) for _ in range(2))

    assert "succeeded." in say("settle-refund", one)
    assert "canceled." in say("cancel-refund", two)


def test_a_dispute_prints_its_id_last_and_is_closed(intent: str) -> None:
    said = say("dispute", intent)

    assert said.startswith(f"Opened a dispute over $40.00 of {intent}: needs_response.\n")
    assert "lost." in say("close-dispute", last(said), "--lost")
    assert "appeal_under_review." in say("appeal", last(said))
    assert "won." in say("close-dispute", last(said), "--won", "--reinstated", "1000")
    with pytest.raises(Refused, match="is already won"):
        say("close-dispute", last(said), "--won")
    with pytest.raises(Refused, match="--reinstated goes with --won"):
        say("close-dispute", last(said), "--lost", "--reinstated", "5")


def test_a_payment_is_converted_and_disputed_and_refunded_in_another_currency(client, intent: str) -> None:
    said = say("convert", intent, "--presented", "eur:3680", "--settled", "gbp:3150")
    assert said.startswith(f"Converted {intent}: presented as eur:3680, settled as gbp:3150.\nch_")
    say("refund", intent, "--amount", "920", "--currency", "eur", "--settled", "gbp:790")
    charge = client.v1.charges.retrieve(last(said), params={"expand": ["balance_transaction"]})
    assert (charge.amount_refunded, charge.presentment_details.presentment_currency) == (1000, "eur")
    assert (charge.balance_transaction.amount, charge.balance_transaction.exchange_rate) == (3150, 0.7875)

    said = say("dispute", intent, "--amount", "2760", "--currency", "EUR", "--settled", "usd:3010")
    assert said.startswith(f"Opened a dispute over €27.60 of {intent}: needs_response.\n")
    say("close-dispute", last(said), "--won", "--reinstated", "1380")
    moves = client.v1.disputes.retrieve(last(said)).balance_transactions
    assert [(move.amount, move.currency, move.net) for move in moves] == [(-3010, "usd", -4510), (1505, "usd", 1505)]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--currency", "eur"), "Say how much is disputed in eur."),
        (("--currency", "xyz", "--amount", "5"), "Invalid currency: xyz. Say it as eur."),
        (("--settled", "40 dollars"), "Invalid money: 40 dollars. Say it as eur:3680, in the minor unit."),
        (("--settled", "usd:0"), "Invalid money: usd:0."),
    ],
)
def test_money_that_is_none_is_refused_with_a_sentence(intent: str, words, error: str) -> None:
    with pytest.raises(Refused, match=re.escape(error)):
        say("dispute", intent, *words)


def test_an_inquiry_and_a_warning(intent: str) -> None:
    said = say("dispute", intent, "--inquiry", "--amount", "1000")

    assert said.startswith(f"Opened a dispute over $10.00 of {intent}: warning_needs_response.\n")
    assert "warning_closed." in say("close-dispute", last(said), "--won")
    assert last(say("warn", intent)).startswith("issfr_")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("refund", "pi_nope"), "No such payment_intent: 'pi_nope'."),
        (("fail-refund", "re_nope"), "No such refund: 're_nope'."),
        (("close-dispute", "dp_nope", "--won"), "No such dispute: 'dp_nope'."),
        (("dispute", "pi_nope"), "No such payment_intent: 'pi_nope'."),
        (("warn", "pi_nope"), "No such payment_intent: 'pi_nope'."),
        (("settle", "cs_test_nope"), "No such checkout.session: 'cs_test_nope'."),
        (("faults", "set"), "Name what to set, such as `faults set duplicate=on`."),
        (("faults", "show", "delay=3"), "`faults show` takes no switches."),
        (("faults", "set", "explode"), "Received unknown parameter: explode."),
        (("advance",), "This value must be greater than or equal to 1."),
    ],
)
def test_a_failure_is_one_sentence(sandbox, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(Refused) as found:
        say(*words)

    assert str(found.value) == sentence


def test_faults_are_shown_set_and_cleared(sandbox) -> None:
    off = "duplicate=off\nshuffle=off\ndelay=0\ndrop=off\ntwo_ids=off\ngive_up_after=8\n"

    assert say("faults") == off
    said = say("faults", "set", "duplicate", "two-ids=on", "delay=5", "drop", "give_up_after=3")
    assert said == "duplicate=on\nshuffle=off\ndelay=5\ndrop=*\ntwo_ids=on\ngive_up_after=3\n"
    assert say("faults", "set", "drop=off", "duplicate=off").startswith("duplicate=off\nshuffle=off\ndelay=5\ndrop=off")
    assert say("faults", "clear") == off


def test_advance_says_the_time(client) -> None:
    session = client.v1.checkout.sessions.create(params=order()).id
    pay(session, bank="000123456789")

    assert say("advance", "--days", "4", "--seconds", "1").startswith("The sandbox's clock now says 20")
    assert client.v1.checkout.sessions.retrieve(session).payment_status == "paid"
