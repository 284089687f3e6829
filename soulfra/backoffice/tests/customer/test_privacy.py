"""A person who was made unknown is named nowhere, and what is kept about one is all in their export."""

import json
import uuid

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts import api_keys
from accounts.models import User
from brands.models import Analysis, Brand, CsvImport, Export
from soulfra.privacy.anonymising import anonymise
from soulfra.privacy.export import export
from soulfra.testing.names import rows_that_say
from tokens.errors import NotPermitted
from tokens.models import GrantBatch, Mail, MutedMail, Purchase, RefundRequest, StaffAct, StaffNote
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.staff import batches, noting
from tokens.staff.acts import Why
from tokens.testing.cursors import open_cursors
from tokens.testing.office import hire, page, press

pytestmark = pytest.mark.django_db

NAMED_BEFORE = {"accounts.User", "accounts.ApiKey", "admin.LogEntry", "brands.CsvImport", "tokens.Mail"}
NAMED_BEFORE |= {"tokens.GrantBatch", "tokens.Purchase", "tokens.StaffNote"}


@pytest.fixture
def zelda(db):
    """Someone whose name stands nowhere by chance."""
    user = User.objects.create_user("zelda", "zelda@example.com", "x", first_name="Zelda", last_name="Zimmermann")
    purchase = simulate_token_purchase(user.pk, "pro")
    Purchase.objects.filter(pk=purchase.pk).update(client_ip="203.0.113.7", user_agent="Zelda's telephone")
    return user


def test_nothing_in_the_database_names_a_person_who_was_made_unknown(client, zelda):
    manager = hire("manager", "finance", username="manager")
    client.force_login(manager)
    zeldas = [("grant", {"tokens": "5", "reason": "Goodwill", "note": "x"}), ("block", {}), ("unblock", {})]
    zeldas += [("give_membership", {"plan": "premium", "until": "2099-01-01"}), ("end_gift", {}), ("note", {})]
    for name, fields in zeldas:
        press(client, page("accounts_user", name, zelda.pk), times=1, **fields)
    noting.write_note(zelda, text="Zelda calls on Mondays", by=manager)
    batches.start(["zelda@example.com", "other@example.com"], tokens=1, why=Why(manager, "Promotion"), key=uuid.uuid4())
    api_key, _ = api_keys.issue(zelda, name="Zelda's key")
    press(client, page("accounts_apikey", "revoke", api_key.pk), times=1)
    CsvImport.objects.create(user=zelda, content="domain\n", sha256="0" * 64, filename="zelda.csv")
    Mail.objects.create(
        user=zelda, kind="test", about="x", status="given_up", last_error="550 No such user: zelda@example.com"
    )
    assert rows_that_say("zelda", "zimmermann", "203.0.113.7") == NAMED_BEFORE
    press(client, page("accounts_user", "anonymise", zelda.pk), reason="Asked for")
    assert rows_that_say("zelda", "zimmermann", "203.0.113.7") == set()
    assert GrantBatch.objects.get().emails == [f"anonymous-{zelda.pk}", "other@example.com"]
    assert f"Granted 5 tokens to anonymous-{zelda.pk}." in LogEntry.objects.order_by("pk")[0].change_message


def test_only_the_whole_name_is_replaced_in_the_log(client, zelda):
    user = User.objects.create_user("to", "to@example.com")
    client.force_login(hire("manager"))
    press(client, page("accounts_user", "grant", user.pk), times=1, tokens="5", reason="Goodwill", note="token tomato")
    anonymise(user, why=Why(hire("manager", username="two"), "Asked for"))
    message = LogEntry.objects.get().change_message
    assert "token tomato" in message


def test_who_was_staff_stays_named_in_the_audit_log(staff, alice):
    former = hire("manager", username="former")
    noting.write_note(alice, text="Kind", by=former)
    former.is_staff = False
    former.save(update_fields=["is_staff"])
    with pytest.raises(NotPermitted, match="audit log"):
        anonymise(former, why=Why(staff, "Asked for"))
    former.refresh_from_db()
    assert former.username == "former"


def test_an_export_has_a_row_of_everything_that_points_to_the_person(zelda, staff):
    brand = Brand.objects.create(owner=zelda, domain="z.com", name="Z", slug="z", paid_by="free")
    Analysis.objects.create(brand=brand, user=zelda, engine="rules", status="done", result={"score": 70})
    Export.objects.create(user=zelda, format="csv", expires_at=timezone.now(), file="exports/secret.csv")
    CsvImport.objects.create(user=zelda, content="domain\nz.com\n", sha256="0" * 64, filename="mine.csv")
    MutedMail.objects.create(user=zelda, kind="receipt")
    StaffNote.objects.create(user=zelda, text="Kind", by=staff)
    RefundRequest.objects.create(purchase=Purchase.objects.get(), amount_cents=1, reason="x", by=staff)
    kept = json.loads("".join(export(zelda, why=Why(staff, "Asked for"))))
    rows = {name: len(found) for name, found in kept.items() if found}
    wanted = {"account", "purchases", "wallet", "lots", "entries", "domains", "imports", "analyses"}
    wanted |= {"exports", "email_opt_outs", "internal_notes", "audit_log", "refund_requests"}
    assert wanted <= set(rows)
    assert kept["imports"][0]["content"] == "domain\nz.com\n"
    assert "secret.csv" not in json.dumps(kept)
    assert StaffAct.objects.get().verb == "export"


@pytest.mark.postgres
def test_an_export_that_is_dropped_in_the_middle_leaves_nothing_open_in_the_database(client, zelda):
    client.force_login(hire("manager", "finance", username="manager"))
    simulate_token_purchase(zelda.pk, "pro")
    fields = {"_form_submitted": "True", "form_key": "k", "reason": "Asked for"}
    download = client.post(page("accounts_user", "export", zelda.pk), fields)
    pieces = iter(download.streaming_content)
    told = b""
    while b"entries" not in told or not told.endswith(b"}"):
        told += next(pieces)
    assert open_cursors() == 0
    download.close()


def test_every_model_with_a_customer_is_in_the_export(zelda, staff):
    """A new model that points to a user is exported too, or said here not to be about the person."""
    kept = json.loads("".join(export(zelda, why=Why(staff, "Asked for"))))
    theirs = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is User and field.name in ("user", "owner")
    }
    elsewhere = {"admin.LogEntry", "mfa.Authenticator", "tokens.IdempotencyKey", "tokens.Reversal"}
    of_entries = {"tokens.Wallet"}
    assert len(theirs - elsewhere - of_entries) == len(kept) - len(
        {"account", "wallet", "lots", "entries", "postings", "refund_requests", "skipped_rows", "card_wishes"}
    )
