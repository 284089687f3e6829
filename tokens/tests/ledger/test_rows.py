"""Single rows by statements that are composed once, compared with what the ORM makes of the same rows."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from tokens import rows
from tokens.models import Lot, Mail, MutedMail, Purchase, StripeEvent, TokenUsage, Wallet
from tokens.spending.holds import hold
from tokens.spending.spends import spend
from tokens.staff.grants import grant
from tokens.testing.ledger_rows import buy

MODELS = [Lot, Mail, MutedMail, Purchase, StripeEvent, TokenUsage, Wallet]
AT = timezone.now()


def values_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def one_of_each(alice):
    """A row of every model above, with values of every type."""
    purchase = buy(alice.pk, "starter")
    grant(alice, tokens=5, reason="Welcome", by=None, expires_at=AT + timedelta(days=1))
    spend(alice, "import_domain", metadata={"domain": "münchen.example", "n": [1, None]}, idempotency_key="one")
    hold(alice, "import_domain")
    StripeEvent.objects.create(
        stripe_id="evt_1", type="ping", livemode=False, payload={"id": "evt_1", "data": {"é": "1 % ✓"}}, next_try_at=AT
    )
    Mail.objects.create(user=alice, kind="refund", about="refund:1:sent", text="100 % sure", next_try_at=AT)
    MutedMail.objects.create(user=alice, kind="refund")
    return purchase


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS)
def test_a_row_that_is_found_is_as_the_orm_reads_it(one_of_each, model):
    assert model.objects.exists()
    for row in model.objects.all():
        for _ in range(4):  # as it comes, and prepared
            found = rows.get(model, pk=row.pk)
            assert values_of(found) == values_of(row)
        assert found == row
        assert not found._state.adding


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Mail, MutedMail, StripeEvent])
def test_a_row_that_is_written_is_as_the_orm_writes_it(one_of_each, model):
    row = model.objects.last()
    model.objects.all().delete()
    fresh = model(**values_of(row))
    assert rows.create(fresh) is fresh
    written = values_of(model.objects.get())
    assert written == values_of(fresh)
    assert {name for name, value in values_of(row).items() if value != written[name]} <= {"created_at", "received_at"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS)
def test_a_row_that_is_there_is_not_written_again(one_of_each, model):
    row = model.objects.first()
    assert not rows.create_once(row)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.create(row)


@pytest.mark.django_db
def test_a_new_row_gets_its_id_and_what_is_there_once_is_kept(alice):
    first, second = (Mail(user=alice, kind="refund", about="refund:1:sent", subject=subject) for subject in "ab")
    assert rows.create_once(first)
    assert not rows.create_once(second)
    assert values_of(Mail.objects.get()) == values_of(first)
    assert second.pk is None


@pytest.mark.django_db
def test_several_rows_get_their_ids_as_one_does(alice):
    for count in (0, 1, 3):
        written = [MutedMail(user=alice, kind=f"kind {count} {n}") for n in range(count)]
        rows.create_all(written)
        assert [MutedMail.objects.get(pk=row.pk).kind for row in written] == [row.kind for row in written]


@pytest.mark.django_db
def test_only_what_is_named_is_written(one_of_each):
    event = StripeEvent.objects.get()
    event.last_error, event.type, event.payload = "50 %", "other", {"new": "ü"}
    rows.update(event, "last_error", "payload")
    event.refresh_from_db()
    assert (event.last_error, event.type, event.payload) == ("50 %", "ping", {"new": "ü"})


@pytest.mark.django_db
def test_what_is_not_there_is_none_or_an_error(alice):
    assert rows.find(Purchase, pk=-1) is None
    with pytest.raises(Purchase.DoesNotExist):
        rows.get(Purchase, pk=-1)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(Wallet(user_id=alice.pk), "balance")


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_in_a_transaction_only(alice):
    buy(alice.pk, "starter")
    with pytest.raises(TransactionManagementError):
        rows.find(Wallet, pk=alice.pk, lock=True)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_locked_row_keeps_others_out(alice):
    buy(alice.pk, "starter")
    refused = []

    def look():
        try:
            with transaction.atomic():
                Wallet.objects.select_for_update(nowait=True).get(pk=alice.pk)
        except OperationalError as error:
            refused.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        assert rows.get(Wallet, pk=alice.pk, lock=True).balance == 100
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert len(refused) == 1
