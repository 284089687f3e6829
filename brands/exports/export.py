"""Exports: the file is built whole into the storage, then paid, then sent; for EXPORT_HOURS it can be had again.

A crash before the payment leaves a row that is `building` and nothing charged. Whoever asks again under the same
name builds afresh; the file that was left is deleted by the sweep.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.api_keys import CallingKey
from brands.choosing import Chosen
from brands.errors import BadChoice, ExportGone, ExportLost, NothingToExport
from brands.exports import files
from brands.exports.presence import require_storage
from brands.models import Export
from tokens.catalog import Cost, get_catalog
from tokens.errors import KeyInUse, ReversalExceedsSpend
from tokens.in_turn import in_turn
from tokens.ledger.limits import require_spendable
from tokens.ledger.wallet import read_wallet
from tokens.models import TokenUsage
from tokens.spending.spends import spend_at
from tokens.spending.taking_back import take_back_by_staff
from tokens.sweep import sweeps
from tokens.transactions import money_transaction

log = logging.getLogger(__name__)

ACTION = "data_export"
LOST = "The file of an export was lost"
# A build that takes longer has died: its file is deleted, and another may begin.
BUILDS_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True)
class Ready:
    """An export that was paid, and the row of its payment; `is_from_before`: not by this call."""

    export: Export
    usage: TokenUsage
    is_from_before: bool = False

    @property
    def filename(self) -> str:
        return f"domains-{self.export.created_at:%Y-%m-%d}.{self.export.format}"


def export(user_id: int, chosen: Chosen, format: str) -> Ready:
    """Build the file of the user's brands that fit, and charge it. Raises as `begin`."""
    return finish(begin(user_id, chosen, format).pk)


def begin(user_id: int, chosen: Chosen, format: str, *, api_key: CallingKey | None = None) -> Export:
    """A row for what is asked; nothing is built or charged yet.

    Raises BadChoice for a format that does not exist, NothingToExport, InsufficientTokens.
    """
    if format not in Export.Format.values:
        raise BadChoice(f"Unknown format “{format[:60]}”. Use: {', '.join(Export.Format.values)}.")
    if not chosen.brands(user_id).exists():
        raise NothingToExport
    _require(user_id, get_catalog().cost(ACTION), api_key)
    return Export.objects.create(user_id=user_id, format=format, filters=chosen.as_json(), expires_at=timezone.now())


def finish(pk: UUID | str, *, api_key: CallingKey | None = None) -> Ready:
    """Build and charge it, or, when that was done before, find it again. The caps of the key that asks count.

    Raises ExportGone when it is deleted, ExportLost, StorageAway, KeyInUse while another caller builds it,
    NothingToExport, InsufficientTokens; unless it is ready nothing is charged.
    """
    cost = get_catalog().cost(ACTION)
    claimed = _claim(pk)
    if claimed.usage:
        return Ready(claimed, claimed.usage, is_from_before=True)
    try:
        claimed.brands = _build(claimed)
        return _charge(claimed, cost, api_key)
    except Exception:
        _give_up(claimed)
        raise


def find(user_id: int, pk: UUID | str) -> Ready:
    """A paid export of the user's whose file is still there. Raises ExportGone."""
    ready = Export.objects.filter(pk=pk, user=user_id, expires_at__gt=timezone.now(), usage__isnull=False)
    export = ready.select_related("usage").first()
    if export is None or export.usage is None:
        raise ExportGone
    if export.status == Export.Status.LOST:
        raise ExportLost
    return Ready(export, export.usage)


def open_file(ready: Ready) -> File[bytes]:
    """The file, to read. Raises StorageAway; ExportLost when the storage is there, but has it no more: its tokens are
    given back, once.
    """
    try:
        return ready.export.file.open("rb")
    except FileNotFoundError as error:
        require_storage()
        log.error("The file of export %s is not in the storage: %s", ready.export.pk, ready.export.file.name)
        _give_back(ready.export)
        raise ExportLost from error


@sweeps("old exports deleted")
def delete_old() -> int:
    """Delete the files that are old enough, and those of builds that died; how many rows were worked.

    Raises StorageAway: a file that can't be reached would be left without a row.
    """
    old = Export.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    pks = list(old.values_list("pk", flat=True))
    if pks:
        require_storage()
    return in_turn("Old export", pks, lambda pk: _delete(old.filter(pk=pk).first()))


def _delete(export: Export | None) -> bool:
    if export is None:  # another sweep was quicker
        return False
    # The file goes first: after a crash in between the row is found again, and deleting a file twice does no harm.
    if export.file:
        default_storage.delete(str(export.file.name))
    same = Export.objects.filter(pk=export.pk, file=export.file.name, status=export.status)
    if export.status == Export.Status.BUILDING:
        same.update(status=Export.Status.FAILED, file="", expires_at=kept_until())
    else:
        same.delete()
    return True


@money_transaction
def _claim(pk: UUID | str) -> Export:
    """The row, for this caller to build; or as it is when it is ready."""
    now = timezone.now()
    export = Export.objects.select_for_update().filter(pk=pk).first()
    if export is None or (export.status == Export.Status.READY and export.expires_at <= now):
        raise ExportGone
    if export.status == Export.Status.LOST:
        raise ExportLost
    if export.status == Export.Status.READY:
        return export
    if export.status == Export.Status.BUILDING and export.expires_at > now:
        raise KeyInUse
    left = export.file.name
    export.status, export.expires_at = Export.Status.BUILDING, now + BUILDS_WITHIN
    # The name stands in the row before there is a file, so that none is ever left without a row.
    export.file.name = f"exports/{now:%Y/%m/%d}/{export.pk}-{secrets.token_hex(8)}.{export.format}"
    export.save(update_fields=["status", "expires_at", "file"])
    if left:
        default_storage.delete(left)
    return export


def _build(export: Export) -> int:
    require_storage()
    brands = Chosen(**export.filters).brands(export.user_id)
    with TemporaryFile() as file:
        count = files.write(brands, file, format=export.format)
        if not count:
            raise NothingToExport
        file.seek(0)
        name = default_storage.save(export.file.name, File(file))
    if name != export.file.name:
        default_storage.delete(name)
        raise RuntimeError(f"The storage saved {export.file.name} under another name, {name}.")
    return count


@money_transaction
def _charge(export: Export, cost: Cost, api_key: CallingKey | None) -> Ready:
    is_mine = Export.objects.select_for_update().filter(
        pk=export.pk, file=export.file.name, status=Export.Status.BUILDING, expires_at__gt=timezone.now()
    )
    if not is_mine.exists():  # it took too long, and another caller began anew or the sweep gave it up
        raise KeyInUse
    said = {"export": str(export.pk), "format": export.format, "domains": export.brands, **export.filters}
    usage = spend_at(export.user_id, cost, metadata=said, api_key=api_key)
    export.usage, export.status, export.expires_at = usage, Export.Status.READY, kept_until()
    export.save(update_fields=["usage", "status", "expires_at", "brands"])
    return Ready(export, usage)


@money_transaction
def _give_back(export: Export) -> None:
    lost = Export.objects.select_for_update(of=["self"]).filter(pk=export.pk, status=Export.Status.READY)
    paid = lost.select_related("usage", "user").first()
    if paid is None:  # another request was faster
        return
    lost.update(status=Export.Status.LOST)
    if paid.usage:
        with suppress(ReversalExceedsSpend):  # staff took it back before
            take_back_by_staff(paid.usage, reason=LOST, by=None)


def kept_until() -> datetime:
    """When a file that is made now is deleted."""
    return timezone.now() + timedelta(hours=settings.EXPORT_HOURS)


def _give_up(export: Export) -> None:
    """Nothing was charged, so nothing stays but the row, for a caller who asks again under the same name."""
    same = Export.objects.filter(pk=export.pk, file=export.file.name)
    if same.filter(status=Export.Status.READY).exists():  # the payment stands, only its answer was lost
        return
    default_storage.delete(str(export.file.name))
    same.update(status=Export.Status.FAILED, file="", expires_at=kept_until())


def _require(user_id: int, cost: Cost, api_key: CallingKey | None) -> None:
    require_spendable(read_wallet(user_id, api_key), cost.tokens, timezone.now())
