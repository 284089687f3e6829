"""A customer's copy of their data: asked for on the account page, made by the worker, had for a day.

Internal notes, the audit log and requests among staff are not in it; support gives those out.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import DataDownload, User
from accounts.personal_data import forgets, kept_of
from soulfra.privacy.export import pieces
from tokens import jobs, leases
from tokens.in_turn import in_turn
from tokens.sweep import sweeps

log = logging.getLogger(__name__)

Status = DataDownload.Status
KEPT_FOR = timedelta(hours=24)
# Until then whoever asks again is given the copy that there is.
NEW_ONE_AFTER = timedelta(hours=1)
# An attempt that takes longer has died.
LEASE = timedelta(minutes=30)
FIRST_RETRY, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=5)
LAST_ATTEMPT = 3


class _Stopped(Exception):
    """The worker is asked to end."""


def latest(user_id: int) -> DataDownload | None:
    """The user's newest copy that has not expired, whatever has become of it."""
    mine = DataDownload.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), user=user_id)
    return mine.order_by("-created_at").first()


def may_ask(download: DataDownload | None) -> bool:
    """Whether asking makes a new copy, rather than giving this one."""
    if download is None or download.status == Status.FAILED:
        return True
    return not download.is_open and download.created_at <= timezone.now() - NEW_ONE_AFTER


def ask(user_id: int) -> tuple[DataDownload, bool]:
    """The copy that is made for the user now, or the one of a moment ago; and whether it is new."""
    last = latest(user_id)
    if last and not may_ask(last):
        return last, False
    try:
        with transaction.atomic():
            return DataDownload.objects.create(user_id=user_id), True
    except IntegrityError:  # another request was quicker
        return DataDownload.objects.get(user=user_id, status__in=DataDownload.OPEN), False


def open_file(user_id: int, pk: UUID) -> IO[bytes] | None:
    """The user's copy, if it is ready and has not expired. One that the storage has lost has failed."""
    ready = DataDownload.objects.filter(pk=pk, user=user_id, status=Status.READY, expires_at__gt=timezone.now())
    download = ready.first()
    try:
        return default_storage.open(download.file_name, "rb") if download else None
    except FileNotFoundError:
        log.error("The copy of user %s's data is not in the storage: %s", user_id, pk)
        ready.update(status=Status.FAILED)
        return None


@jobs.works("copies of personal data made")
def make_next() -> bool:
    """Make the copy that waits longest; whether there was one. Never inside a transaction."""
    download = _claim()
    if download is None:
        return False
    if download.attempts > LAST_ATTEMPT:  # every worker that tried died
        _fail(download)
        return True
    try:
        size = _write(download)
    except _Stopped:
        again = {"status": Status.QUEUED, "lease_until": None, "attempts": download.attempts - 1}
        leases.if_still_ours(download).update(**again)
    except Exception:
        log.exception("The copy of user %s's data could not be made", download.user_id)
        _try_later(download)
    else:
        _finish(download, size)
    return True


@transaction.atomic(durable=True)
def _claim() -> DataDownload | None:
    now = timezone.now()
    is_due = Q(lease_until=None) | Q(lease_until__lt=now)
    due = DataDownload.objects.filter(is_due, status__in=DataDownload.OPEN).order_by("created_at", "pk")
    taken = {"status": Status.RUNNING, "lease_until": now + LEASE}
    return leases.take(due, lambda row: {**taken, "attempts": row.attempts + 1})


def _write(download: DataDownload) -> int:
    """Write the file whole, then store it; how many bytes it has."""
    with TemporaryFile() as file:
        for piece in pieces(kept_of(download.user_id, internally=False)):
            if jobs.stopping.is_set():
                raise _Stopped
            file.write(piece.encode())
        size = file.tell()
        file.seek(0)
        default_storage.save(download.file_name, File(file))
    return size


def _finish(download: DataDownload, size: int) -> None:
    now = timezone.now()
    ready = {"status": Status.READY, "finished_at": now, "expires_at": now + KEPT_FOR, "size": size}
    if leases.if_still_ours(download).update(lease_until=None, **ready):
        earlier = DataDownload.objects.filter(user=download.user_id, created_at__lt=download.created_at)
        earlier.filter(expires_at__gt=now).update(expires_at=now)
    else:  # the account was closed meanwhile, or this took too long
        default_storage.delete(download.file_name)


def _try_later(download: DataDownload) -> None:
    if download.attempts >= LAST_ATTEMPT:
        _fail(download)
        return
    wait = leases.wait_before_next(download.attempts, first=FIRST_RETRY, longest=LONGEST_WAIT)
    leases.if_still_ours(download).update(status=Status.QUEUED, lease_until=timezone.now() + wait)


def _fail(download: DataDownload) -> None:
    now = timezone.now()
    failed = {"status": Status.FAILED, "finished_at": now, "expires_at": now + KEPT_FOR}
    leases.if_still_ours(download).update(lease_until=None, **failed)


@sweeps("old copies of personal data deleted")
def delete_old() -> int:
    """Delete the copies that have expired, files first; how many."""
    old = DataDownload.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    return in_turn("Old copy of personal data", list(old), _delete)


def _delete(download: DataDownload) -> bool:
    for name in download.file_names():
        default_storage.delete(name)
    return bool(DataDownload.objects.filter(pk=download.pk).delete()[0])


@forgets
def forget(user: User, unknown: str) -> None:
    """The sweep deletes the files; a worker that is making one throws it away."""
    DataDownload.objects.filter(user=user).update(status=Status.FAILED, expires_at=timezone.now())
