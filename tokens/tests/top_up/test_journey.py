"""Forty days from an empty account: top-ups, a decline, a confirmation and a dispute, as a customer reads of them."""

from stripe_sandbox import testing
from tokens.emails import outbox
from tokens.ledger.wallet import read_wallet
from tokens.models import AutoTopUp, Mail, Purchase, SavedCard, TopUp
from tokens.testing.dispute_news import deliver_disputes
from tokens.testing.topping_up import answer_bank, paid, save_card, spend_to, work

PAGE = "/tokens/auto-top-up"
ASKS, REFUSED = "4000002760003184", "4000000000000341"


def test_forty_days_are_on_the_statement_and_in_the_emails(sandbox, alice, alice_page, clock):
    session_id = alice_page.post(f"{PAGE}/card")["Location"].rpartition("/")[2]
    testing.pay(session_id)
    alice_page.get(f"{PAGE}/card/saved", {"session_id": session_id})
    chosen = {"package": "starter", "threshold": "20", "monthly_limit": "100"}
    sentence = alice_page.get(PAGE, chosen).context["offered"].sentence
    alice_page.post(PAGE, {**chosen, "text": sentence, "agreed": "on"})

    work()  # the first pack at once
    clock.forward(days=10)
    spend_to(alice, 10)
    work()  # the second
    clock.forward(days=10)
    save_card(alice, REFUSED)
    spend_to(alice, 10)
    work()  # declined
    clock.forward(minutes=30)
    save_card(alice)
    clock.forward(minutes=31)
    work()  # the third, by a card that pays
    clock.forward(days=10)
    save_card(alice, ASKS)
    spend_to(alice, 10)
    work()
    alice_page.force_login(alice)  # whoever comes by an email signs in
    alice_page.get(answer_bank(alice_page.post(f"{PAGE}/confirm")["Location"], "approve"))
    clock.forward(days=10)
    latest = Purchase.objects.filter(top_up__user=alice).latest("pk")
    testing.dispute(latest.stripe_payment_intent_id)
    deliver_disputes(sandbox, latest)
    work()
    outbox.send_due()

    assert paid(alice) == [1000] * 4
    assert list(TopUp.objects.values_list("status", flat=True)) == ["done"] * 4
    assert AutoTopUp.objects.get().off_reason == "dispute"
    assert read_wallet(alice.pk).top_up_below is None
    alice_page.force_login(alice)
    lines = alice_page.get("/tokens/statement").text + alice_page.get("/tokens/statement", {"month": "2026-11"}).text
    assert "Automatic top-up: Starter Pack" in lines
    told = [mail.subject for mail in Mail.objects.filter(user=alice).order_by("pk")]
    assert [each for each in told if "saved" in each] == [
        "Visa ending in 4242 saved for automatic top-up",
        "Visa ending in 0341 saved for automatic top-up",
        "Visa ending in 4242 saved for automatic top-up",
        "Visa ending in 3184 saved for automatic top-up",
    ]
    assert [each for each in told if "saved" not in each] == [
        "Automatic top-up: 100 tokens for $10.00",
        "Automatic top-up: 100 tokens for $10.00",
        "Your card was declined for $10.00",
        "Automatic top-up: 100 tokens for $10.00",
        "Confirm your payment of $10.00",
        "Automatic top-up: 100 tokens for $10.00",
        "A payment of $10.00 is disputed",
        "Automatic top-up is off",
    ]
    texts = "\n".join(Mail.objects.filter(user=alice).values_list("text", flat=True))
    assert "Insufficient" not in texts
    assert "Your bank says: Your card was declined." in texts
    assert SavedCard.objects.get().last4 == "3184"
