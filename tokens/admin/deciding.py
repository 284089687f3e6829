"""What pages of requests have in common that another member of staff than who asked approves or declines."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.decorators import display

from tokens.web.admin.actions import pk_of


class DecidedByAnother:
    """A mixin of the page of a model with `status` and `by`; `decides` is the permission. It has the two actions."""

    model: Any
    decides = ""
    actions_detail = ["approve", "decline"]

    @display(description="State", label={"Pending approval": "warning", "Approved": "success", "Declined": "danger"})
    def state(self, row: Any) -> str:
        return str(row.get_status_display())

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Not for the requester, nor for anyone once it is decided; a form sent twice is still answered."""
        row = self.model.objects.filter(pk=pk_of(object_id)).first()
        may = request.user.has_perm(self.decides) and (row is None or row.by_id != request.user.pk)
        is_shown = row is None or row.status == self.model.Status.WAITING or request.method == "POST"
        return may and is_shown
