"""Where the shop has terms, nobody signs up without accepting them, and the time is kept."""

import pytest
from django.utils import timezone

from accounts.models import User

pytestmark = pytest.mark.django_db

FORM = {
    "username": "maria",
    "email": "maria@example.com",
    "password1": "correct-horse-battery",
    "password2": "correct-horse-battery",
}


@pytest.fixture
def terms(settings):
    settings.TERMS_URL = "https://shop.test/terms?a=1&b=2"


def test_without_terms_nothing_is_asked_or_kept(client):
    assert 'name="terms"' not in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", {**FORM, "terms": "on"})
    assert User.objects.get().terms_accepted_at is None


def test_nobody_signs_up_without_accepting_the_terms(client, terms):
    page = client.get("/accounts/signup/").content.decode()
    assert 'I accept the <a href="https://shop.test/terms?a=1&amp;b=2">terms</a>' in page
    assert "privacy policy" not in page
    answer = client.post("/accounts/signup/", FORM)
    assert "Accept the terms to create an account." in answer.content.decode()
    assert not User.objects.exists()


def test_the_moment_of_accepting_is_kept(client, terms, settings):
    settings.PRIVACY_URL = "https://shop.test/privacy"
    page = client.get("/accounts/signup/").content.decode()
    assert 'have read the <a href="https://shop.test/privacy">privacy policy</a>' in page
    before = timezone.now()
    client.post("/accounts/signup/", {**FORM, "terms": "on"})
    accepted = User.objects.get().terms_accepted_at
    assert accepted is not None
    assert before <= accepted <= timezone.now()


@pytest.mark.parametrize("terms_accepted", [{}, {"terms": "on"}])
def test_terms_tell_nobody_which_addresses_have_an_account(client, terms, alice, terms_accepted):
    answers = [
        client.post("/accounts/signup/", {**FORM, "username": name, "email": email, **terms_accepted})
        for name, email in (("nova", "nova@example.com"), ("nemo", alice.email))
    ]
    assert answers[0].status_code == answers[1].status_code == (302 if terms_accepted else 200)
    alice.refresh_from_db()
    assert alice.terms_accepted_at is None
