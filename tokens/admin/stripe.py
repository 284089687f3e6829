"""Payload from Stripe: the events with what became of each, customers, and the comparisons of our books."""

from __future__ import annotations

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from tokens.models import Reconciliation, StripeCustomer, StripeEvent
from tokens.reports.waiting import failed_events
from tokens.staff import replaying
from tokens.staff.acts import Why
from tokens.web.admin.actions import ActionForm, act_once
from tokens.web.admin.buttons import Told, allows, button, dialog
from tokens.web.admin.columns import stripe_id
from tokens.web.admin.paging import IndexedValuesFilter, LongListAdmin
from tokens.web.admin.selected import ask_about_selected
from tokens.wording import counted


class ReplayForm(ActionForm):
    def facts(self, pk: int) -> dict[str, object]:
        event = get_object_or_404(StripeEvent, pk=pk)
        return {"Event": event.type, "Attempts": event.attempts, "Error": event.last_error or "none"}


def _replayed(events: QuerySet[StripeEvent], why: Why) -> tuple[list[StripeEvent], str]:
    worked, left = replaying.replay_each(events, why=why)
    done = sum(event.is_settled for event in worked)
    told = f"Retried {counted(len(worked), 'event')}: {done:,} processed."
    if left:
        remain = "remains" if left == 1 else "remain"
        told += f" Stripe isn't responding, so {counted(left, 'event')} {remain}. Try again later."
    return worked, told


@admin.register(StripeEvent)
class StripeEventAdmin(LongListAdmin):
    """Every event that Stripe sent. What failed is tried again by itself, and here at once."""

    list_display = ["stripe_id", "type", "state", "attempts", "received_at", "done_at", "next_try_at", "last_error"]
    list_filter = ["status", ("type", IndexedValuesFilter)]
    search_fields = ["stripe_id", "type"]
    fields = ["stripe_id", "type", "state", "attempts", "received_at", "done_at", "next_try_at", "last_error"]
    fields += ["api_version", "livemode", "at_stripe", "what_came"]
    actions = ["replay_selected"]
    actions_list = ["replay_failed"]
    actions_detail = ["replay"]
    has_replay_permission = allows(replaying.REPLAY)
    at_stripe = stripe_id("events")

    @display(description="State", label={"Processed": "success", "Pending": "info", "Failed": "danger"})
    def state(self, event: StripeEvent) -> str:
        return event.get_status_display()

    @admin.display(description="Payload")
    def what_came(self, event: StripeEvent) -> str:
        text = json.dumps(event.payload, indent=2, ensure_ascii=False)
        box = '<pre tabindex="0" role="region" '
        return format_html(box + 'aria-label="Payload">{}</pre>', text)

    @button(
        "Retry",
        dialog("Retry event?", ReplayForm, "Retry", "Safe to retry: an event is never applied twice."),
        needs="replay",
        variant=ActionVariant.PRIMARY,
        asks_stripe=True,
    )
    def replay(self, request: HttpRequest, form: ReplayForm, event: StripeEvent) -> Told:
        worked = replaying.replay(event, why=form.why(request))
        return worked, f"{worked.type}: {worked.get_status_display().lower()}. {worked.last_error}".strip()

    @action(
        description="Retry failed",
        permissions=["replay"],
        dialog=dialog("Retry all failed events?", ActionForm, "Retry failed", "Oldest first, up to 200 at a time."),
    )
    def replay_failed(self, request: HttpRequest, form: ActionForm) -> HttpResponse:
        def work() -> tuple[list[StripeEvent], str]:
            return _replayed(failed_events(), form.why(request))

        return act_once(
            self, request, form, work=work, back=reverse("admin:tokens_stripeevent_changelist"), asks_stripe=True
        )

    @admin.action(description="Retry", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> HttpResponse:
        def work(form: ActionForm) -> tuple[list[StripeEvent], str]:
            return _replayed(events, form.why(request))

        return ask_about_selected(
            self, request, events, title="Retry events?", submit="Retry", work=work, asks_stripe=True
        )


@admin.register(StripeCustomer)
class StripeCustomerAdmin(LongListAdmin):
    list_display = ["user", "stripe_id", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user", "stripe_id"]


@admin.register(Reconciliation)
class ReconciliationAdmin(LongListAdmin):
    list_display = ["started_at", "since", "finished_at", "repaired", "unrepaired"]
    list_filter = ["started_at"]
