"""Automatic top-up for tests: a card at hand, terms agreed to."""

import requests
from django.utils import timezone

from stripe_sandbox import testing
from tokens.ledger.wallet import read_wallet
from tokens.models import SavedCard, StripeCustomer
from tokens.spending.spends import spend
from tokens.top_up import cards, charging, consent, deciding, forgetting, saving
from tokens.top_up.consent import Terms

STARTER = Terms("starter", 20, 3000)


JOBS = (deciding.order_next, charging.charge_next, saving.keep_next, forgetting.forget_next)


def card_row(user, **values):
    """The row of a card, of which no Stripe knows."""
    fresh = {"stripe_id": f"pm_{user.pk}", "brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": 2040}
    return SavedCard.objects.create(user=user, **{**fresh, "saved_at": timezone.now(), **values})


def agree(user, terms=STARTER):
    """Turn it on as the page does, once the sentence was read and ticked."""
    text = consent.offer(user.pk, terms, read_wallet(user.pk)).sentence
    return consent.agree(user.pk, terms, text=text, address="192.0.2.7")


def save_card(user, number="4242424242424242"):
    """A card that the user saves on Stripe's page."""
    address = cards.open_page(user.pk, origin="http://testserver")
    session_id = address.rpartition("/")[2]
    testing.pay(session_id, card=number)
    return cards.save_from(session_id, user.pk)


def turn_on(user, terms=STARTER, *, number="4242424242424242"):
    """From an account without a card to an automatic top-up that is on."""
    save_card(user, number)
    return agree(user, terms)


def work():
    """What the worker does about top-ups, until nothing is due."""
    while any(do() for do in JOBS):
        pass


def paid(user):
    """What Stripe took for top-ups of this user, in the smallest unit, oldest first."""
    customer = StripeCustomer.objects.filter(user=user).values_list("stripe_id", flat=True).first()
    return [
        intent["amount_received"]
        for intent in testing.objects("payment_intent")
        if intent["customer"] == customer and intent["status"] == "succeeded" and "top_up" in intent["metadata"]
    ]


def answer_bank(url, answer):
    """What the customer says on the page of their bank ("approve" or "fail"); where it leads."""
    hidden = requests.get(url, timeout=20).text.partition('name="payment_method" value="')[2].partition('"')[0]
    given = {"payment_method": hidden, "answer": answer}
    return requests.post(url, data=given, allow_redirects=False, timeout=20).headers["Location"]


def spend_to(user, tokens):
    """Spend until so many tokens are left, in one spend."""
    spend(user.pk, "import_domain", quantity=read_wallet(user.pk).available - tokens)
