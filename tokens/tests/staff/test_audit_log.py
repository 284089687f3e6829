"""What staff did stays as it was written, whoever asks the database."""

import pytest
from django.db import DatabaseError, connection, transaction

from tokens.models import StaffAct
from tokens.staff.acts import Why, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(alice, staff):
    return record("grant", "5 tokens", why=Why(staff, "An apology"), user_id=alice.pk)


@pytest.mark.parametrize(
    "change",
    [
        lambda act: StaffAct.objects.update(reason="None"),
        lambda act: act.delete(),
        lambda act: StaffAct(pk=act.pk, by=act.by, verb="refund", subject="s", reason="r").save(),
        lambda act: connection.cursor().execute("UPDATE staff_acts SET by_id = user_id"),
        lambda act: connection.cursor().execute("DELETE FROM staff_acts"),
    ],
)
def test_the_database_changes_and_deletes_no_row_of_the_audit_log(act, change):
    with pytest.raises(DatabaseError, match="the audit log is append-only"), transaction.atomic():
        change(act)
    act.refresh_from_db()
    assert (act.verb, act.reason) == ("grant", "An apology")
